package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.TenantProfile;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuditTest extends HttpTest {

    private TenantId id;
    private String tenant;
    private String account;

    @BeforeEach
    void a_tenant() {
        id = given.tenant().id();
        tenant = "/v1/tenants/" + id;
        account = tenant + "/accounts/" + id;
    }

    @Test
    void an_entry_tells_what_was_done_and_from_where() {
        api.put(account + "/credits/overdraft-limit", "{\"limit\": \"3\"}").is(200);

        api.request("PUT", account + "/credits/overdraft-limit")
                .header("User-Agent", "shop/7")
                .header("X-Request-Id", "overdraft-1")
                .body("{\"limit\": \"5\"}")
                .send()
                .is(200);

        var entry = api.get(tenant + "/audit").is(200).json().at("/items/0");
        assertThat(entry.at("/at").asText()).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(entry.at("/actor").toString()).isEqualTo("{\"type\":\"SYSTEM\"}");
        assertThat(entry.at("/action").asText()).isEqualTo("overdraft-limit.changed");
        assertThat(entry.at("/entityType").asText()).isEqualTo("account");
        assertThat(entry.at("/entityId").asText()).isEqualTo(id.toString());
        assertThat(entry.at("/before").toString()).isEqualTo("{\"overdraftLimit\":\"3\"}");
        assertThat(entry.at("/after").toString()).isEqualTo("{\"overdraftLimit\":\"5\"}");
        assertThat(entry.at("/requestId").asText()).isEqualTo("overdraft-1");
        assertThat(entry.at("/personal/ipAddress").asText()).isEqualTo("127.0.0.1");
        assertThat(entry.at("/personal/userAgent").asText()).isEqualTo("shop/7");
    }

    @Test
    void a_change_that_changes_nothing_and_one_sent_twice_leave_no_entry_more() {
        for (int i = 0; i < 2; i++) {
            api.put(account + "/credits/overdraft-limit", "{\"limit\": \"5\"}").is(200);
            api.request("POST", account + "/grants")
                    .key("grant-1")
                    .body("{\"amount\": \"10\", \"source\": \"GIFT\"}")
                    .send()
                    .is(201);
        }

        assertThat(actions("")).startsWith("credit-grant.created", "overdraft-limit.changed");
        assertThat(actions("?entityType=credit-grant")).hasSize(1);
        assertThat(actions("?action=overdraft-limit.changed")).hasSize(1);
    }

    @Test
    void entries_are_found_by_what_is_known_of_them_and_paged_newest_first() {
        overdraft(1);
        clock.advance(Duration.ofHours(1));
        overdraft(2);
        clock.advance(Duration.ofHours(1));
        overdraft(3);
        var limits = "?action=overdraft-limit.changed";

        assertThat(limits(limits)).containsExactly("3", "2", "1");
        assertThat(limits(limits + "&from=2026-03-10T11:00:00Z")).containsExactly("3", "2");
        assertThat(limits(limits + "&to=2026-03-10T11:00:00Z")).containsExactly("1");
        assertThat(limits(limits + "&entityType=account&entityId=" + id)).hasSize(3);
        assertThat(limits("?entityType=account&entityId=another")).isEmpty();
        assertThat(limits("?user=" + UUID.randomUUID())).isEmpty();
        assertThat(limits("?key=" + UUID.randomUUID())).isEmpty();
        var first = api.get(tenant + "/audit" + limits + "&limit=1");
        assertThat(limits(limits + "&limit=2&after=" + first.at("/next"))).containsExactly("2", "1");
        api.get(tenant + "/audit?after=nowhere").isProblem(422, "invalid-value", "after");
        api.get(tenant + "/audit?entityId=x").isProblem(422, "invalid-value", "entityType");
        api.get(tenant + "/audit?user=me").isProblem(422, "invalid-value", "user");
        api.get(tenant + "/audit?from=2026-03-10T11:00:00Z&to=2026-03-10T11:00:00Z")
                .isProblem(422, "invalid-value", "to");
        api.request("GET", tenant + "/audit/export?limit=1").bad().send().isProblem(400, "unknown-parameter", "limit");
    }

    @Test
    void the_name_of_a_persons_own_tenant_can_be_erased() {
        var ada = allotment
                .users()
                .create(new Email("ada@example.org"), "Ada Lovelace")
                .id();
        var own = allotment.tenants().createPersonal(ada).id();
        allotment.tenants().update(own, Optional.empty(), profile -> TenantProfile.of("Countess Ada", "countess"));
        assertThat(allotment.audit().export(own, AuditFilter.ALL).map(AuditEntry::toString))
                .anyMatch(entry -> entry.contains("Ada Lovelace"))
                .anyMatch(entry -> entry.contains("Countess Ada"));

        allotment.audit().erasePersonalValues(ada);

        assertThat(allotment.audit().export(own, AuditFilter.ALL).map(AuditEntry::toString))
                .hasSizeGreaterThanOrEqualTo(2)
                .noneMatch(entry -> entry.contains("Ada"));
        allotment.tenants().delete(own);
        assertThat(deletionOf(own)).contains("Countess Ada");
        allotment.audit().erasePersonalValues(ada);
        assertThat(deletionOf(own)).contains("tenant.deleted").doesNotContain("Ada");
        assertThat(stored().violations()).isEmpty();
    }

    private String deletionOf(TenantId deleted) {
        return allotment
                .audit()
                .exportPlatform(AuditFilter.ALL)
                .filter(entry -> entry.event().entityId().equals(deleted.toString()))
                .map(AuditEntry::toString)
                .reduce("", String::concat);
    }

    @Test
    void the_head_is_the_last_entry() {
        overdraft(1);

        var last = api.get(tenant + "/audit?limit=1").json().at("/items/0");
        var head = api.get(tenant + "/audit/head").is(200);

        assertThat(head.at("/sequence")).isEqualTo(last.at("/sequence").asText());
        assertThat(head.at("/hash")).isEqualTo(last.at("/hash").asText());
    }

    @Test
    void an_export_has_every_entry_on_a_line_of_its_own_however_many_there_are() {
        for (int i = 0; i < 450; i++) {
            append(AuditEvent.of("thing.made", "thing", "number-" + i));
        }

        var export = api.get(tenant + "/audit/export").is(200);

        assertThat(export.header("Content-Type")).isEqualTo("application/x-ndjson");
        var lines = export.text().lines().map(Client::parsed).toList();
        assertThat(lines)
                .hasSize(Integer.parseInt(api.get(tenant + "/audit/head").at("/sequence")));
        assertThat(lines.get(0)).isEqualTo(api.get(tenant + "/audit").json().at("/items/0"));
        var previous = lines.stream().skip(1).map(line -> line.at("/hash").asText());
        assertThat(lines.subList(0, lines.size() - 1))
                .extracting(line -> line.at("/previousHash").asText())
                .containsExactlyElementsOf(previous.toList());
        assertThat(api.get(tenant + "/audit/export?entityType=thing&entityId=number-7")
                        .text()
                        .lines())
                .hasSize(1);
    }

    @Test
    void an_export_of_nothing_is_empty_and_of_an_unknown_tenant_refused() {
        var nothing = api.request("GET", tenant + "/audit/export?action=nothing.happened")
                .sendUnchecked();

        assertThat(nothing.is(200).text()).isEmpty();
        for (var route : List.of("/audit", "/audit/head", "/audit/export")) {
            api.get("/v1/tenants/" + UUID.randomUUID() + route).isProblem(404, "tenant-not-found", null);
        }
    }

    @Test
    void an_export_that_has_to_break_off_says_so_in_its_last_line() throws Exception {
        // More than the network holds on the way: the server still reads when the first line has come.
        for (int i = 0; i < 3_000; i++) {
            append(AuditEvent.of("thing.made", "thing", "number-" + i).to(Map.of("text", "x".repeat(16_000))));
        }
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + tenant + "/audit/export"))
                .header("Authorization", "Bearer " + Client.ROOT_KEY)
                .build();
        var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());

        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(Client.parsed(lines.readLine()).at("/entityId").asText()).isEqualTo("number-2999");
            allotment.tenants().delete(id);
            var last = lines.lines().reduce((one, next) -> next).orElseThrow();

            assertThat(Client.parsed(last).at("/type").asText()).isEqualTo("urn:allotment:problem:tenant-not-found");
        }
    }

    @Test
    void what_is_only_asked_about_with_head_has_no_body() {
        var answer = api.request("HEAD", tenant + "/audit/export").sendUnchecked();

        assertThat(answer.is(200).text()).isEmpty();
        api.request("HEAD", "/v1/tenants/" + UUID.randomUUID() + "/audit/export")
                .sendUnchecked()
                .is(404);
    }

    @Test
    void the_catalogue_is_told_of_in_the_platforms_log() {
        api.post("/v1/features", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").is(201);
        api.patch("/v1/features/minutes", """
                {"name": "Transcribed minutes"}""").is(200);

        var changed = api.get("/v1/audit?entityType=feature&entityId=minutes").is(200);
        assertThat(changed.each("/action")).containsExactly("feature.updated", "feature.created");
        assertThat(changed.at("/items/0/before/name")).isEqualTo("Minutes");
        assertThat(changed.json().at("/items/0/after").toString()).isEqualTo("{\"name\":\"Transcribed minutes\"}");
        assertThat(api.get("/v1/audit/export?entityType=feature").text().lines())
                .hasSize(2);
        assertThat(api.get("/v1/audit/head").is(200).at("/hash"))
                .isEqualTo(api.get("/v1/audit?limit=1").at("/items/0/hash"));
    }

    @Test
    void a_users_personal_values_are_erased_and_the_chain_holds() {
        var user = given.user();
        append(AuditEvent.of("invitation.sent", "invitation", "i-1")
                .about(Map.of("email", user.email().value())));
        assertThat(personal()).isEqualTo("{\"email\":\"" + user.email() + "\"}");

        var erased =
                api.post("/v1/users/" + user.id() + "/erase-personal-values").is(200);

        assertThat(Long.parseLong(erased.at("/entries"))).isPositive();
        assertThat(personal()).isEmpty();
        assertThat(api.get("/v1/audit?entityType=user&entityId=" + user.id())
                        .is(200)
                        .each("/action"))
                .contains("user.personal-values-erased");
        assertThat(stored().violations()).isEmpty();
        api.post("/v1/users/nobody/erase-personal-values").isProblem(404, "user-not-found", null);
    }

    private String personal() {
        return api.get(tenant + "/audit?entityType=invitation&entityId=i-1")
                .json()
                .at("/items/0/personal")
                .toString();
    }

    private void append(AuditEvent event) {
        persistence.unitOfWork().forTenant(id, () -> {
            var head = persistence.audit().lockHead(Optional.of(id));
            persistence
                    .audit()
                    .append(AuditEntry.after(head, clock.instant(), Actor.system(), event, Origin.HERE, "salt"));
        });
    }

    private void overdraft(int limit) {
        api.put(account + "/credits/overdraft-limit", "{\"limit\": \"%d\"}".formatted(limit))
                .is(200);
    }

    private List<String> limits(String query) {
        return api.get(tenant + "/audit" + query)
                .is(200)
                .each("/after/overdraftLimit")
                .toList();
    }

    private List<String> actions(String query) {
        return api.get(tenant + "/audit" + query).is(200).each("/action").toList();
    }
}
