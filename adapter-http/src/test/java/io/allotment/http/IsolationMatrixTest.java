package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.allotment.application.apikey.ApiKeyService;
import io.allotment.application.quota.QuotaService;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every operation of {@code openapi.yaml}, asked by everybody for another tenant's things: in the path, the query, the body, a
 * cursor, an idempotency key. What is answered is what would be answered if they did not exist.
 */
class IsolationMatrixTest extends HttpTest {

    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** Stands in what the other tenant says, and in nothing that is asked for. */
    private static final String HIDDEN = "Hidden from you";

    private static final Quota TEN =
            new Quota(Optional.of(Quantity.of(10)), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);
    private static final RoleTerms NOTHING = new RoleTerms("Nothing", Optional.empty(), Set.of());
    private static final QuotaService.Correction A_LITTLE = new QuotaService.Correction(
            QuotaChange.Operation.INCREMENT,
            Optional.of(Quantity.of("0.5")),
            "forgotten",
            Optional.empty(),
            Actor.system());

    private static final String REUSED = "urn:allotment:problem:idempotency-key-reused";

    private static final String THEIRS = "victims-own";
    private static final String NOBODYS = "nobodys-own";

    /** What a user or a key may ask outside of any tenant: the catalogue, and about themselves. */
    private static final Set<String> OPEN_TO_ALL = Set.of(
            "GET /v1/features",
            "GET /v1/features/{feature}",
            "GET /v1/operations",
            "GET /v1/operations/{operation}",
            "GET /v1/ai/providers",
            "GET /v1/ai/providers/{provider}",
            "GET /v1/ai/providers/{provider}/models",
            "GET /v1/ai/prices",
            "POST /v1/ai/costs",
            "GET /v1/plans",
            "GET /v1/plans/{plan}",
            "GET /v1/plans/{plan}/versions",
            "GET /v1/credit-products",
            "GET /v1/credit-products/{product}",
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
            "GET /v1/me/personal-data",
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
            "POST /v1/password-resets/confirm",
            "POST /v1/webhooks/{gateway}");

    /** Who may ask nothing. */
    private static final Set<String> STRANGERS =
            Set.of("revoked key", "expired session", "expired token", "no credentials");

    /** Who may do things in our own tenant. */
    private static final List<String> OURS = List.of("owner", "member", "key");

    /** What fields call the things of paths. */
    private static final Map<String, String> ALIASES =
            Map.of("userId", "user", "to", "user", "from", "user", "spender", "user");

    /** Query parameters that name no thing of a tenant's: where a page begins, times, kinds. */
    private static final Set<String> NAMES_NOTHING = Set.of(
            "limit",
            "after",
            "from",
            "to",
            "cascade",
            "open",
            "expiresBefore",
            "expiringWithinDays",
            "type",
            "source",
            "action",
            "entityType",
            "relatedType",
            "plan",
            "version",
            "price",
            "creditPolicy",
            "atPeriodEnd",
            "unit",
            "by",
            "provider",
            "top",
            "measure",
            "currency",
            "status",
            "reason",
            "format");

    /** Query parameters that go only with another one. */
    private static final Map<String, String> TOGETHER =
            Map.of("entityId", "entityType=role&", "relatedId", "relatedType=task&");

    private final Map<String, String> credentials = new LinkedHashMap<>();
    private Tenant own;
    private Tenant other;
    private Map<String, String> ownThings;
    private Map<String, String> others;
    /** Whether something that was asked has changed something. */
    private boolean isChanged;

    @Override
    HttpApi.Builder configured() {
        return super.configured().rateLimits(HttpApi.RateLimits.NONE);
    }

    /** Two tenants with things of every kind, and people who know nothing of the other one. */
    @BeforeEach
    void again() {
        own = given.tenantWith(1_000);
        ownThings = things(own, "mine", "Seen");
        other = given.tenantWith(1_000);
        others = things(other, THEIRS, HIDDEN);
        people();
        isChanged = false;
    }

    /** A world as it was in the beginning: another one only where it has been changed, since they are dear. */
    private void unchanged() {
        if (isChanged) {
            again();
        }
    }

    private Map<String, String> things(Tenant tenant, String word, String name) {
        var things = new HashMap<String, String>();
        var id = tenant.id();
        var feature = given.feature();
        var member = given.member(tenant);
        var operation = given.operation("1").value();
        var decision = allotment
                .gate()
                .consume(
                        id,
                        Fixtures.key(),
                        Charge.of(operation, 1)
                                .relatedTo("task", word + "-task")
                                .using(word + "-model", TokenCounts.NONE))
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
        things.put("grant", given.grant(tenant, bought(word)).id().toString());
        things.put("event", decision.id().toString());
        var product = allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "Credits", 5, 100, "EUR"));
        things.put("product", product.key().value());
        things.put("purchase", purchase(tenant, product));
        things.put("invoice", invoice(tenant, product));
        things.put("checkout", checkout(tenant));
        things.put("gateway", "manual");
        things.put("customer", "cus_1");
        var report = new MeteredReportId(UUID.randomUUID());
        Fixtures.meteredReport(persistence, id, report, MeteredReport.Status.REJECTED, clock.instant());
        things.put("report", report.toString());
        things.put("kind", "MEMBER");
        things.put("spender", member.toString());
        things.put("window", "CALENDAR_MONTH");
        things.put("version", "1");
        things.put("permission", Right.GATE_USE.key().value());
        things.put("plan", plan.value());
        things.put("provider", provider());
        things.put("outputType", word + "-output");
        things.put("slug", tenant.slug().value());
        things.put("session", UUID.randomUUID().toString());
        things.put("checkout", UUID.randomUUID().toString());
        things.put("job", "retention");
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
        things.put("key", key(id, Optional.empty()).key().id().toString());
        key(id, Optional.of(word + "-issuer"));
        things.put("externalId", word + "-issuer");
        things.put("relatedId", word + "-task");
        things.put("model", word + "-model");
        things.put("sourceId", word + "-order");
        things.put("paymentReference", word + "-payment");
        things.put("entityId", role.value());
        things.put("subscription", word + "-subscription");
        return things;
    }

    private String purchase(Tenant tenant, CreditProduct product) {
        return allotment
                .creditPurchases()
                .buy(tenant.id(), Fixtures.accountOf(tenant), product.key())
                .id()
                .toString();
    }

    private String checkout(Tenant tenant) {
        var checkout = SubscriptionCheckout.ordered(
                tenant.id(),
                new CheckoutId(UUID.randomUUID()),
                Fixtures.accountOf(tenant),
                "elsewhere",
                clock.instant());
        persistence
                .unitOfWork()
                .forTenant(
                        tenant.id(), () -> persistence.subscriptionCheckouts().insert(checkout));
        return checkout.id().toString();
    }

    private String invoice(Tenant tenant, CreditProduct product) {
        var account = Fixtures.accountOf(tenant);
        var bought = allotment.creditPurchases().buy(tenant.id(), account, product.key());
        allotment.creditPurchases().paid(tenant.id(), account, bought.id(), "bank-" + bought.id());
        var invoice = allotment
                .billing()
                .listInvoices(tenant.id(), Invoices.Filter.ALL, PageRequest.first(1))
                .items()
                .get(0)
                .id();
        var order = allotment.billing().orderRefund(tenant.id(), account, invoice, Optional.of(1L));
        allotment.billing().refund(tenant.id(), account, invoice, order, Optional.empty());
        return invoice.toString();
    }

    /** In the catalogue, for all tenants. */
    private String provider() {
        var key = Fixtures.word();
        allotment.ai().create(AiProvider.of(key, "Provider"));
        return key;
    }

    private static GrantTerms bought(String word) {
        return new GrantTerms(
                Credits.of(5),
                GrantSource.PURCHASE,
                Optional.of(word + "-order"),
                GrantTerms.DEFAULT_PRIORITY,
                Optional.empty(),
                Optional.empty(),
                Optional.of(word + "-payment"),
                Optional.empty(),
                Document.EMPTY,
                Optional.empty());
    }

    /** More things, so that every listing of the tenant has at least two. */
    private void more(Tenant tenant, Map<String, String> things) {
        var id = tenant.id();
        var account = Fixtures.accountOf(tenant);
        var feature = new FeatureKey(things.get("feature"));
        var seats = given.seats();
        things.put("seats", seats.value());
        allotment.subscriptions().cancel(id, account, false, Optional.empty());
        given.subscribe(
                tenant,
                account,
                PlanVersionTerms.empty().with(feature.value(), TEN).with(seats.value(), TEN));
        var minutes = given.operation("1", feature).value();
        var sitting = given.operation("1", seats).value();
        for (int i = 0; i < 2; i++) {
            var member = given.member(tenant);
            given.memberAccount(tenant, member, PlanVersionTerms.empty());
            given.spendLimit(tenant, member, 500);
            allotment.access().createRole(id, new RoleKey(Fixtures.word()), NOTHING);
            allotment.access().assign(id, member, new RoleKey(things.get("role")), Optional.empty());
            allotment.teams().putMember(id, teamOf(things), member, TeamMembership.Role.MEMBER);
            var team = allotment.teams().create(id, new TeamService.Profile("Team " + i, Optional.empty()));
            allotment.teams().putMember(id, team.id(), userOf(things), TeamMembership.Role.MEMBER);
            allotment.invitations().invite(id, InvitationService.Wanted.of(Fixtures.word() + "@example.org", "member"));
            checkout(tenant);
            purchase(tenant, allotment.creditProducts().get(new ProductKey(things.get("product"))));
            invoice(tenant, allotment.creditProducts().get(new ProductKey(things.get("product"))));
            // Half of the quota is told of, and four fifths.
            allotment.gate().consume(id, Fixtures.key(), Charge.of(minutes, 4));
            allotment.gate().consume(id, Fixtures.key(), Charge.of(sitting, 1).relatedTo("seat", Fixtures.word()));
            allotment.gate().reserve(id, Fixtures.key(), Charge.of(things.get("operation"), 1), Duration.ofHours(1));
            var unpriced = Charge.of(things.get("operation"), 1).using(Fixtures.word(), TokenCounts.of(1, 1));
            allotment.gate().consume(id, Fixtures.key(), unpriced);
            allotment.quotas().correct(id, account, feature, Fixtures.key(), A_LITTLE);
        }
    }

    private static TeamId teamOf(Map<String, String> things) {
        return new TeamId(UUID.fromString(things.get("team")));
    }

    private static UserId userOf(Map<String, String> things) {
        return new UserId(UUID.fromString(things.get("user")));
    }

    private void people() {
        credentials.clear();
        var expired = session("expired", SystemRole.OWNER);
        var expiredToken = token(Fixtures.word());
        clock.advance(Duration.ofDays(2));
        credentials.put("owner", session("owner", SystemRole.OWNER));
        credentials.put("member", session("member", SystemRole.MEMBER));
        credentials.put(
                "key", key(own.id(), Optional.empty()).secret().orElseThrow().reveal());
        var revoked = key(own.id(), Optional.empty());
        allotment.apiKeys().revoke(own.id(), revoked.key().id());
        credentials.put("revoked key", revoked.secret().orElseThrow().reveal());
        credentials.put("expired session", expired);
        credentials.put("expired token", expiredToken);
        credentials.put("no credentials", null);
    }

    /** The token of somebody new who signed in and has the role in our own tenant. */
    private String session(String name, SystemRole role) {
        var issued = allotment.signIn().byToken(token(Fixtures.word()));
        allotment.members().add(own.id(), issued.user().id(), name, role.key());
        return issued.token();
    }

    /** An outside issuer's, for somebody of this name. */
    private String token(String word) {
        return Issued.token(word, word + "@example.org", clock);
    }

    /** @param issuers what another issuer calls it, where it is not of ours */
    private ApiKeyService.Made key(TenantId tenant, Optional<String> issuers) {
        var all = Arrays.stream(Right.values()).map(Right::key).collect(Collectors.toSet());
        var wish = ApiKey.Wish.of("live", ApiKeySettings.of("All", all));
        return allotment.apiKeys().create(tenant, issuers.map(wish::managedAs).orElse(wish));
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
                for (var who : OURS) {
                    var answer = askWith(operation, who, part, true);
                    assertThat(told(answer))
                            .as("%s by %s, %s", operation.name(), who, part)
                            .isEqualTo(told(askWith(operation, who, part, false)));
                    assertThat(answer.text()).as(operation.name()).doesNotContain(HIDDEN);
                }
            });
        }
    }

    /** Asks in an unchanged world, with one part of the path that is another tenant's, or nobody's. */
    private Client.Answer askWith(Contract.Operation operation, String who, String part, boolean isTheirs) {
        unchanged();
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
            for (var who : OURS) {
                unchanged();
                var theirs = ask(operation, credentials.get(who), ownThings, others);
                unchanged();
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
    void another_tenants_things_in_a_query_are_answered_as_things_that_do_not_exist() {
        var unknown = unknown(others);
        var found = new TreeSet<String>();
        for (var operation : inTenants()) {
            for (var parameter : naming(operation)) {
                var theirs = range(operation) + query(parameter, others);
                var nobodys = range(operation) + query(parameter, unknown);
                credentials.forEach((who, token) -> {
                    var answer = ask(operation, token, ownThings, ownThings, theirs);
                    assertThat(told(answer))
                            .as("%s?%s by %s", operation.name(), theirs, who)
                            .isEqualTo(told(ask(operation, token, ownThings, ownThings, nobodys)));
                    requireNothingOfTheirs(operation, who, answer, of(others, parameter));
                    if (STRANGERS.contains(who)) {
                        answer.is(401);
                    }
                });
                if (!told(ask(operation, Client.ROOT_KEY, others, others, theirs))
                        .equals(told(ask(operation, Client.ROOT_KEY, others, others, nobodys)))) {
                    found.add(parameter);
                }
            }
        }

        assertThat(found)
                .as("what the operator finds where it is")
                .contains("account", "entityId", "externalId", "paymentReference", "relatedId", "sourceId");
    }

    @Test
    void another_tenants_cursor_shows_nothing_of_theirs() {
        more(own, ownThings);
        more(other, others);
        var cursors = cursors();
        for (var operation : listings()) {
            for (var who : OURS) {
                for (var cursor : cursors) {
                    var query = "after=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8);
                    var answer = ask(operation, credentials.get(who), inListing(operation, ownThings), Map.of(), query);

                    assertThat(answer.status())
                            .as("%s by %s: %s", operation.name(), who, answer.text())
                            .isIn(200, 403, 404, 422);
                    requireNothingOfTheirs(operation, who, answer, cursor);
                }
            }
        }
    }

    /** Where the other tenant's listings go on, and the ids of its things, which look like it. */
    private Set<String> cursors() {
        var cursors = new TreeSet<>(others.values());
        for (var operation : listings()) {
            var page = ask(operation, Client.ROOT_KEY, inListing(operation, others), Map.of(), "limit=1")
                    .is(200);
            assertThat(page.at("/next"))
                    .as("%s goes on after one", operation.name())
                    .isNotNull();
            cursors.add(page.at("/next"));
        }
        return cursors;
    }

    private static List<Contract.Operation> listings() {
        return inTenants().stream()
                .filter(operation -> queried(operation).contains("after"))
                .toList();
    }

    /** Seats are allocated, other features are not. */
    private static Map<String, String> inListing(Contract.Operation operation, Map<String, String> things) {
        var named = new HashMap<>(things);
        if (operation.path().endsWith("/allocations")) {
            named.put("feature", things.get("seats"));
        }
        return named;
    }

    @Test
    void another_tenants_idempotency_key_is_a_new_one_here() {
        int used = 0;
        for (var operation : inTenants()) {
            if (!takes(operation, "Idempotency-Key")) {
                continue;
            }
            for (var who : OURS) {
                unchanged();
                var key = Fixtures.word();
                var first = ask(operation, Client.ROOT_KEY, others, others, "", key);
                var answer = ask(operation, credentials.get(who), ownThings, ownThings, "", key);

                assertThat(answer.isReplayed())
                        .as("%s by %s", operation.name(), who)
                        .isFalse();
                assertThat(answer.text()).as("%s by %s", operation.name(), who).doesNotContain(REUSED);
                requireNothingOfTheirs(operation, who, answer, "");
                if (first.status() < 300) {
                    used++;
                    var again = ask(operation, Client.ROOT_KEY, others, others, "", key);
                    assertThat(again.isReplayed() || again.text().contains(REUSED))
                            .as("%s knows the key where it was used: %s", operation.name(), again.text())
                            .isTrue();
                }
            }
        }

        assertThat(used).as("keys that the other tenant has used").isGreaterThan(50);
    }

    @Test
    void outside_of_tenants_nobody_but_operators_may_do_anything_but_what_is_listed_here() {
        for (var operation : Contract.OPENAPI.operations().values()) {
            if (operation.path().startsWith("/v1/")
                    && !operation.path().contains("{tenant}")
                    && !OPEN_TO_STRANGERS.contains(operation.name())) {
                for (var who : Set.copyOf(credentials.keySet())) {
                    unchanged();
                    requireClosed(operation, who);
                }
            }
        }
    }

    private void requireClosed(Contract.Operation operation, String who) {
        var token = credentials.get(who);
        var answer = ask(operation, token, others, others);

        assertThat(answer.text()).as("%s by %s", operation.name(), who).doesNotContain(HIDDEN);
        var expected = STRANGERS.contains(who)
                ? List.of(401)
                : OPEN_TO_ALL.contains(operation.name()) ? List.of(200, 204, 400, 403, 404, 422) : List.of(403, 404);
        assertThat(answer.status())
                .as("%s by %s: %s", operation.name(), who, answer.text())
                .isIn(expected);
        if (answer.status() == 404) {
            assertThat(told(answer))
                    .as("%s by %s", operation.name(), who)
                    .isEqualTo(told(ask(operation, token, unknown(others), others)));
        }
    }

    /** No word of theirs, and no id but the one that was sent. */
    private void requireNothingOfTheirs(Contract.Operation operation, String who, Client.Answer answer, String sent) {
        assertThat(answer.text()).as("%s by %s", operation.name(), who).doesNotContain(HIDDEN);
        others.values().stream()
                .filter(value -> !ownThings.containsValue(value) && !value.equals(sent))
                .forEach(value -> assertThat(answer.text())
                        .as("%s by %s", operation.name(), who)
                        .doesNotContain(value));
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

    private static boolean takes(Contract.Operation operation, String parameter) {
        return documented(operation)
                .anyMatch(found -> found.path("name").asText().equals(parameter));
    }

    /** The names of what may be asked for in the query. */
    private static List<String> queried(Contract.Operation operation) {
        return documented(operation)
                .filter(found -> found.path("in").asText().equals("query"))
                .map(found -> found.path("name").asText())
                .toList();
    }

    /** Those that name a thing. */
    private static List<String> naming(Contract.Operation operation) {
        return queried(operation).stream()
                .filter(name -> !NAMES_NOTHING.contains(name))
                .toList();
    }

    private static Stream<JsonNode> documented(Contract.Operation operation) {
        return Stream.of(operation.item(), operation.node())
                .flatMap(owner -> owner.path("parameters").valueStream())
                .map(Contract.OPENAPI::resolved);
    }

    /** Where an operation asks for times. */
    private static String range(Contract.Operation operation) {
        boolean needed = documented(operation)
                .anyMatch(found -> found.path("name").asText().equals("from")
                        && found.path("required").asBoolean());
        return needed ? "from=2026-03-01T00:00:00Z&to=2026-03-31T00:00:00Z&" : "";
    }

    private static String query(String parameter, Map<String, String> things) {
        return TOGETHER.getOrDefault(parameter, "") + parameter + "=" + of(things, parameter);
    }

    private static String of(Map<String, String> things, String part) {
        if (!things.containsKey(part)) {
            throw new AssertionError("Say in this test what another tenant's " + part + " is.");
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
        return ask(operation, token, inPath, named, "");
    }

    private Client.Answer ask(
            Contract.Operation operation,
            String token,
            Map<String, String> inPath,
            Map<String, String> named,
            String query) {
        return ask(operation, token, inPath, named, query, Fixtures.word());
    }

    private Client.Answer ask(
            Contract.Operation operation,
            String token,
            Map<String, String> inPath,
            Map<String, String> named,
            String query,
            String key) {
        var target = path(operation, inPath) + (query.isEmpty() ? "" : "?" + query);
        var request = api.request(operation.method(), target)
                .header("X-Request-Id", "matrix")
                .bad();
        if (operation.method().equals("POST")) {
            request.key(key);
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
        // An export may have no line: nothing to hold against the document.
        var answer = operation.path().endsWith("/export") ? request.sendUnchecked() : request.send();
        isChanged |= answer.status() < 300 && !operation.method().equals("GET");
        return answer;
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

    /** Status and words of an answer, whatever it is about. */
    private static String told(Client.Answer answer) {
        var text = answer.text().replace(THEIRS, NOBODYS);
        return answer.status() + " " + ID.matcher(text).replaceAll("ID") + " " + answer.header("Location");
    }
}
