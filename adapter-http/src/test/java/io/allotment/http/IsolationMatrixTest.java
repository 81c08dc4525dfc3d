package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.allotment.application.apikey.ApiKeyService;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every operation of {@code openapi.yaml}, asked by everybody for another tenant's things: in the path, the body, a cursor, an
 * idempotency key. What is answered is what would be answered if they did not exist.
 */
class IsolationMatrixTest extends HttpTest {

    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** Stands in what the other tenant says, and in nothing that is asked for. */
    private static final String HIDDEN = "Hidden from you";

    private static final String THEIRS = "victims-own";
    private static final String NOBODYS = "nobodys-own";

    /** What a user or a key may ask outside of any tenant: the catalogue, and about themselves. */
    private static final Set<String> OPEN_TO_ALL = Set.of(
            "GET /v1/features",
            "GET /v1/features/{feature}",
            "GET /v1/operations",
            "GET /v1/operations/{operation}",
            "GET /v1/plans",
            "GET /v1/plans/{plan}",
            "GET /v1/plans/{plan}/versions",
            "GET /v1/permissions",
            "GET /v1/permissions/{permission}",
            "GET /v1/system-roles",
            "GET /v1/system-roles/{role}",
            "GET /v1/tenants/by-slug/{slug}",
            "GET /v1/me",
            "PATCH /v1/me",
            "GET /v1/me/tenants",
            "PUT /v1/me/onboarded",
            "PUT /v1/me/password",
            "GET /v1/me/sessions",
            "DELETE /v1/me/sessions",
            "DELETE /v1/me/sessions/{session}",
            "POST /v1/sign-out",
            "POST /v1/invitations/accept");

    /** What nobody has to be known for. */
    private static final Set<String> OPEN_TO_STRANGERS = Set.of(
            "POST /v1/sign-up",
            "POST /v1/sign-in/password",
            "POST /v1/sign-in/token",
            "POST /v1/password-resets",
            "POST /v1/password-resets/confirm");

    /** Who may ask nothing. */
    private static final Set<String> STRANGERS = Set.of("revoked key", "expired session", "no credentials");

    private final Map<String, String> credentials = new LinkedHashMap<>();
    private Tenant own;
    private Map<String, String> ownThings;
    private Map<String, String> others;

    @Override
    HttpApi.Builder configured() {
        return super.configured().rateLimits(HttpApi.RateLimits.NONE);
    }

    /** Two tenants with things of every kind, and people who know nothing of the other one. */
    @BeforeEach
    void again() {
        own = given.tenantWith(1_000);
        ownThings = things(own, "mine", "Seen");
        var other = given.tenantWith(1_000);
        others = things(other, THEIRS, HIDDEN);
        people();
    }

    private Map<String, String> things(Tenant tenant, String word, String name) {
        var things = new HashMap<String, String>();
        var id = tenant.id();
        var feature = given.feature();
        var member = given.member(tenant);
        var operation = given.operation("1").value();
        var decision = allotment
                .gate()
                .consume(id, Fixtures.key(), Charge.of(operation, 1))
                .decision();
        var plan = given.plan(PlanVersionTerms.empty()).plan();
        var reserved = allotment
                .gate()
                .reserve(id, Fixtures.key(), Charge.of(operation, 1), Duration.ofHours(1))
                .decision();
        things.put("tenant", id.toString());
        things.put("account", id.toString());
        things.put("user", member.toString());
        things.put("feature", feature.value());
        things.put("operation", operation);
        things.put("decision", decision.id().toString());
        things.put("reservation", reserved.reservation().orElseThrow().toString());
        things.put("grant", given.grant(tenant, 5).id().toString());
        things.put("event", decision.id().toString());
        things.put("kind", "MEMBER");
        things.put("spender", member.toString());
        things.put("window", "CALENDAR_MONTH");
        things.put("version", "1");
        things.put("permission", Right.GATE_USE.key().value());
        things.put("plan", plan.value());
        things.put("slug", tenant.slug().value());
        things.put("session", UUID.randomUUID().toString());
        things.put("mail", UUID.randomUUID().toString());
        given.spendLimit(tenant, member, 500);
        var role = new RoleKey(word);
        allotment.access().createRole(id, role, new RoleTerms(name, Optional.empty(), Set.of()));
        allotment.access().assign(id, member, role, Optional.empty());
        things.put("role", role.value());
        var team = allotment.teams().create(id, new TeamService.Profile(name, Optional.empty()));
        allotment.teams().putMember(id, team.id(), member, TeamMembership.Role.MEMBER);
        things.put("team", team.id().toString());
        var invited = InvitationService.Wanted.of(Fixtures.word() + "@example.org", "member");
        things.put(
                "invitation",
                allotment.invitations().invite(id, invited).invitation().id().toString());
        things.put("key", key(id).key().id().toString());
        return things;
    }

    private void people() {
        credentials.clear();
        var expired = session("expired", SystemRole.OWNER);
        clock.advance(Duration.ofDays(2));
        credentials.put("owner", session("owner", SystemRole.OWNER));
        credentials.put("member", session("member", SystemRole.MEMBER));
        credentials.put("key", key(own.id()).secret().orElseThrow().reveal());
        var revoked = key(own.id());
        allotment.apiKeys().revoke(own.id(), revoked.key().id());
        credentials.put("revoked key", revoked.secret().orElseThrow().reveal());
        credentials.put("expired session", expired);
        credentials.put("no credentials", null);
    }

    /** The token of somebody new who signed in and has the role in our own tenant. */
    private String session(String name, SystemRole role) {
        var word = Fixtures.word();
        var issued = allotment.signIn().byToken(Issued.token(word, word + "@example.org", clock));
        allotment.members().add(own.id(), issued.user().id(), name, role.key());
        return issued.token();
    }

    private ApiKeyService.Made key(TenantId tenant) {
        var all = Arrays.stream(Right.values()).map(Right::key).collect(Collectors.toSet());
        return allotment.apiKeys().create(tenant, ApiKey.Wish.of("live", ApiKeySettings.of("All", all)));
    }

    @Test
    void another_tenants_path_is_answered_as_one_that_does_not_exist() {
        var unknown = unknown(others);
        for (var operation : inTenants()) {
            credentials.forEach((who, token) -> {
                var theirs = ask(operation, token, others, others);
                var nobodys = ask(operation, token, unknown, unknown);

                assertThat(told(theirs)).as("%s by %s", operation.name(), who).isEqualTo(told(nobodys));
                assertThat(theirs.status())
                        .as("%s by %s: %s", operation.name(), who, theirs.text())
                        .isIn(STRANGERS.contains(who) ? List.of(401) : List.of(404, 400, 415, 422));
            });
        }
    }

    @Test
    void another_tenants_things_in_ones_own_path_are_answered_as_things_that_do_not_exist() {
        for (var operation : inTenants()) {
            parameters(operation).filter(part -> !part.equals("tenant")).forEach(part -> {
                for (var who : List.of("owner", "member", "key")) {
                    var answer = askWith(operation, who, part, true);
                    assertThat(told(answer))
                            .as("%s by %s, %s", operation.name(), who, part)
                            .isEqualTo(told(askWith(operation, who, part, false)));
                    assertThat(answer.text()).as(operation.name()).doesNotContain(HIDDEN);
                }
            });
        }
    }

    /** Asks in a world of its own, with one part of the path that is another tenant's, or nobody's. */
    private Client.Answer askWith(Contract.Operation operation, String who, String part, boolean isTheirs) {
        again();
        var path = new HashMap<>(ownThings);
        path.put(part, of(isTheirs ? others : unknown(others), part));
        return ask(operation, credentials.get(who), path, ownThings);
    }

    @Test
    void another_tenants_things_in_a_body_are_answered_as_things_that_do_not_exist() {
        for (var operation : inTenants()) {
            if (!operation.node().has("requestBody")) {
                continue;
            }
            for (var who : List.of("owner", "member", "key")) {
                again();
                var theirs = ask(operation, credentials.get(who), ownThings, others);
                again();
                var nobodys = ask(operation, credentials.get(who), ownThings, unknown(others));

                if (theirs.status() >= 300 || nobodys.status() >= 300) {
                    assertThat(told(theirs))
                            .as("%s by %s", operation.name(), who)
                            .isEqualTo(told(nobodys));
                }
                assertThat(theirs.text()).as(operation.name()).doesNotContain(HIDDEN);
            }
        }
    }

    @Test
    void another_tenants_cursor_shows_nothing_of_theirs() {
        for (var operation : inTenants()) {
            if (operation.method().equals("GET") && takes(operation, "after")) {
                others.values().forEach(place -> {
                    var answer = api.request("GET", path(operation, ownThings) + "?after=" + place)
                            .header("Authorization", "Bearer " + credentials.get("owner"))
                            .bad()
                            .send();

                    assertThat(answer.status()).as(operation.name()).isIn(200, 400, 403, 404, 422);
                    if (answer.status() == 200) {
                        others.values().stream()
                                .filter(value -> !ownThings.containsValue(value))
                                .forEach(value -> assertThat(answer.items().toString())
                                        .as(operation.name())
                                        .doesNotContain(value));
                    }
                });
            }
        }
    }

    @Test
    void another_tenants_idempotency_key_is_a_new_one_here() {
        var body = "{\"operation\": \"%s\", \"quantity\": \"1\"}";
        var theirs = api.request("POST", "/v1/tenants/" + others.get("tenant") + "/gate/consume")
                .key("the-same")
                .body(body.formatted(others.get("operation")))
                .send()
                .is(200);

        var mine = api.request("POST", "/v1/tenants/" + own.id() + "/gate/consume")
                .header("Authorization", "Bearer " + credentials.get("owner"))
                .key("the-same")
                .body(body.formatted(others.get("operation")))
                .send()
                .is(200);

        assertThat(mine.isReplayed()).isFalse();
        assertThat(mine.at("/id")).isNotEqualTo(theirs.at("/id"));
    }

    @Test
    void outside_of_tenants_nobody_but_operators_may_do_anything_but_what_is_listed_here() {
        for (var operation : Contract.OPENAPI.operations().values()) {
            if (operation.path().startsWith("/v1/")
                    && !operation.path().contains("{tenant}")
                    && !OPEN_TO_STRANGERS.contains(operation.name())) {
                again();
                credentials.forEach((who, token) -> {
                    var answer = ask(operation, token, others, others);

                    assertThat(answer.text())
                            .as("%s by %s", operation.name(), who)
                            .doesNotContain(HIDDEN);
                    var expected = STRANGERS.contains(who)
                            ? List.of(401)
                            : OPEN_TO_ALL.contains(operation.name())
                                    ? List.of(200, 204, 403, 404, 422)
                                    : List.of(403, 404);
                    assertThat(answer.status())
                            .as("%s by %s: %s", operation.name(), who, answer.text())
                            .isIn(expected);
                    if (answer.status() == 404) {
                        assertThat(told(answer))
                                .as("%s by %s", operation.name(), who)
                                .isEqualTo(told(ask(operation, token, unknown(others), others)));
                    }
                });
            }
        }
    }

    private static List<Contract.Operation> inTenants() {
        return Contract.OPENAPI.operations().values().stream()
                .filter(operation -> operation.path().contains("{tenant}"))
                .toList();
    }

    private static Stream<String> parameters(Contract.Operation operation) {
        return Pattern.compile("\\{([^}]+)}")
                .matcher(operation.path())
                .results()
                .map(found -> found.group(1));
    }

    private boolean takes(Contract.Operation operation, String parameter) {
        return Stream.of(operation.item(), operation.node())
                .flatMap(owner -> owner.path("parameters").valueStream())
                .map(Contract.OPENAPI::resolved)
                .anyMatch(found -> found.path("name").asText().equals(parameter));
    }

    private static String of(Map<String, String> things, String part) {
        if (!things.containsKey(part)) {
            throw new AssertionError("Say in this test what another tenant's {" + part + "} is.");
        }
        return things.get(part);
    }

    /** Things of the same form that nobody has. */
    private static Map<String, String> unknown(Map<String, String> things) {
        var unknown = new HashMap<String, String>();
        things.forEach((part, value) -> unknown.put(
                part, ID.matcher(value).matches() ? UUID.randomUUID().toString() : value.replace(THEIRS, NOBODYS)));
        // The tenant's own account has the tenant's id.
        if (unknown.containsKey("tenant")) {
            unknown.put("account", unknown.get("tenant"));
        }
        return unknown;
    }

    private static String path(Contract.Operation operation, Map<String, String> things) {
        var path = operation.path();
        for (var part : parameters(operation).toList()) {
            path = path.replace("{" + part + "}", of(things, part));
        }
        return path;
    }

    /** @param named what the body is about */
    private Client.Answer ask(
            Contract.Operation operation, String token, Map<String, String> inPath, Map<String, String> named) {
        var request = api.request(operation.method(), path(operation, inPath))
                .header("X-Request-Id", "matrix")
                .bad();
        if (operation.method().equals("POST")) {
            request.key(Fixtures.word());
        }
        if (token == null) {
            request.without("Authorization");
        } else {
            request.header("Authorization", "Bearer " + token);
        }
        var schema = operation.node().at("/requestBody/content/application~1json/schema");
        if (!schema.isMissingNode()) {
            request.body(sample("", schema, named).toString());
        }
        return request.send();
    }

    /** A value that fits, of what is required and of what names things. */
    private static JsonNode sample(String name, JsonNode reference, Map<String, String> things) {
        var schema = Contract.OPENAPI.resolved(reference);
        // That a slug is taken is told to whoever wants it: it is the same for all tenants.
        boolean isName = !name.equals("slug")
                && !Set.of("integer", "object", "array")
                        .contains(schema.path("type").asText());
        if (isName && things.containsKey(ALIASES.getOrDefault(name, name))) {
            return JSON.textNode(things.get(ALIASES.getOrDefault(name, name)));
        }
        for (var values : List.of("enum", "examples")) {
            if (schema.path(values).size() > 0 && !schema.has("properties")) {
                return schema.path(values).get(0);
            }
        }
        if (schema.has("properties")) {
            return object(schema, things);
        }
        for (var parts : List.of("oneOf", "anyOf", "allOf")) {
            if (schema.path(parts).size() > 0) {
                return sample(name, schema.path(parts).get(0), things);
            }
        }
        return switch (schema.path("type").asText()) {
            case "integer", "number" -> JSON.numberNode(schema.path("minimum").asInt(1));
            case "boolean" -> JSON.booleanNode(true);
            case "array" -> JSON.arrayNode().add(sample(name, schema.path("items"), things));
            case "object" -> JSON.objectNode();
            default -> JSON.textNode(Fixtures.word());
        };
    }

    private static ObjectNode object(JsonNode schema, Map<String, String> things) {
        var object = JSON.objectNode();
        schema.path("properties").properties().forEach(property -> {
            var name = property.getKey();
            boolean required = schema.path("required").toString().contains("\"" + name + "\"");
            if (required || !name.equals("slug") && things.containsKey(ALIASES.getOrDefault(name, name))) {
                object.set(name, sample(name, property.getValue(), things));
            }
        });
        return object;
    }

    /** What fields call the things of paths. */
    private static final Map<String, String> ALIASES =
            Map.of("userId", "user", "to", "user", "from", "user", "spender", "user");

    /** Status and words of an answer, whatever it is about. */
    private static String told(Client.Answer answer) {
        var text = answer.text().replace(THEIRS, NOBODYS);
        return answer.status() + " " + ID.matcher(text).replaceAll("ID") + " " + answer.header("Location");
    }
}
