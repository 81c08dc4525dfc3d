package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.PageRequest;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MemberTest extends HttpTest {

    @Test
    void a_member_is_a_user_who_exists_once() {
        var tenant = given.tenant();
        var user = given.user();
        var members = "/v1/tenants/" + tenant.id() + "/members";
        var body = "{\"userId\": \"%s\", \"displayName\": \"Ada\"}";

        var member = api.post(members, body.formatted(user.id())).is(201);

        assertThat(member.at("/displayName")).isEqualTo("Ada");
        assertThat(member.at("/status")).isEqualTo("ACTIVE");
        assertThat(api.get(member.header("Location")).is(200).text()).isEqualTo(member.text());
        assertThat(api.get(members).each("/userId")).containsExactly(user.id().toString());
        api.post(members, body.formatted(user.id())).isProblem(409, "member-exists", "userId");
        api.post(members, body.formatted(UUID.randomUUID())).isProblem(422, "unknown-user", "userId");
        api.post(members, """
                {"userId": "%s", "displayName": "Ada", "role": "no-such-role"}""".formatted(given.user().id())).isProblem(422, "unknown-role", "role");
    }

    @Test
    void members_are_listed_page_by_page() {
        var tenant = given.tenant();
        given.member(tenant);
        given.member(tenant);
        given.member(tenant);
        given.member(given.tenant());
        var members = "/v1/tenants/" + tenant.id() + "/members";

        var first = api.get(members + "?limit=2");
        var second = api.get(members + "?limit=2&after=" + first.at("/next"));

        assertThat(first.items()).hasSize(2);
        assertThat(second.items()).hasSize(1);
        assertThat(second.at("/next")).isNull();
    }

    @Test
    void a_listing_tells_who_the_members_are_and_marks_a_role_that_has_expired() {
        var tenant = given.tenant();
        var user = given.user();
        allotment.members().add(tenant.id(), user.id(), "Ada", SystemRole.OWNER.key());
        var path = "/v1/tenants/" + tenant.id() + "/members";
        var viewer = path + "/" + user.id() + "/roles/viewer";
        assertThat(api.put(viewer, "{\"expiresAt\": \"2026-03-10T10:01:00Z\"}")
                        .is(200)
                        .at("/expired"))
                .isEqualTo("false");
        clock.advance(Duration.ofMinutes(1));

        var ada = api.get(path).is(200).items().get(0);

        assertThat(ada.at("/displayName").asText()).isEqualTo("Ada");
        assertThat(ada.at("/email").asText()).isEqualTo(user.email().value());
        assertThat(ada.at("/status").asText()).isEqualTo("ACTIVE");
        assertThat(ada.at("/roles")).hasToString("""
                [{"role":"owner","expired":false},{"role":"viewer","expiresAt":"2026-03-10T10:01:00Z","expired":true}]""");
        assertThat(api.get(path + "/" + user.id() + "/roles").each("/expired")).containsExactly("false", "true");
        assertThat(api.get("/v1/tenants/" + tenant.id() + "/roles/viewer/holders")
                        .each("/expired"))
                .containsExactly("true");
    }

    @Test
    void a_change_keeps_what_is_not_given_and_a_stale_one_is_a_conflict() {
        var tenant = given.tenant();
        var path = "/v1/tenants/" + tenant.id() + "/members/" + given.member(tenant);

        api.patch(path, "{\"settings\": {\"theme\": \"dark\"}, \"version\": 1}").is(200);
        var changed = api.patch(path, "{\"displayName\": \"Ada\"}").is(200);

        assertThat(changed.at("/displayName")).isEqualTo("Ada");
        assertThat(changed.at("/settings/theme")).isEqualTo("dark");
        assertThat(changed.at("/version")).isEqualTo("3");
        api.patch(path, "{\"displayName\": \"Eve\", \"version\": 1}").isProblem(409, "stale-version", "version");
        assertThat(api.get(path).text()).isEqualTo(changed.text());
    }

    @Test
    void a_suspended_member_is_shown_as_one_and_a_removed_one_is_gone() {
        var tenant = given.tenant();
        var path = "/v1/tenants/" + tenant.id() + "/members/" + given.member(tenant);

        assertThat(api.post(path + "/suspend").is(200).at("/status")).isEqualTo("SUSPENDED");
        assertThat(api.post(path + "/reactivate").is(200).at("/status")).isEqualTo("ACTIVE");
        api.delete(path).is(204);

        api.get(path).isProblem(404, "member-not-found", null);
        api.delete(path).isProblem(404, "member-not-found", null);
        api.post(path + "/suspend").isProblem(404, "member-not-found", null);
    }

    @Test
    void another_tenants_member_does_not_exist() {
        var tenant = given.tenant();
        var elsewhere = given.member(given.tenant());

        for (var member : List.of(elsewhere.toString(), UUID.randomUUID().toString())) {
            api.get("/v1/tenants/" + tenant.id() + "/members/" + member).isProblem(404, "member-not-found", null);
        }
    }

    @Test
    void the_last_owner_stays_and_ownership_goes_over_in_one_step() {
        var tenant = given.tenant();
        var owner = given.member(tenant, SystemRole.OWNER);
        var heir = given.member(tenant);
        var path = "/v1/tenants/" + tenant.id();
        api.delete(path + "/members/" + owner).isProblem(409, "last-owner", null);
        api.post(path + "/members/" + owner + "/suspend").isProblem(409, "last-owner", null);

        api.post(path + "/transfer-ownership", """
                {"from": "%s", "to": "%s"}""".formatted(owner, heir)).is(200);

        api.delete(path + "/members/" + owner).is(204);
        api.delete(path + "/members/" + heir).isProblem(409, "last-owner", null);
        api.post(path + "/transfer-ownership", """
                {"from": "%s", "to": "%s"}""".formatted(heir, UUID.randomUUID()))
                .isProblem(422, "unknown-member", "to");
    }

    @Test
    void seats_are_told_and_when_they_are_taken_that_is_a_conflict_that_says_what_would_help() {
        var tenant = given.tenantOn(new PlanVersionTerms(
                0, 0, Optional.of(1), Credits.ZERO, Credits.ZERO, Document.EMPTY, List.of(), List.of()));
        given.member(tenant);
        var path = "/v1/tenants/" + tenant.id();

        assertThat(api.get(path + "/seats").is(200).text()).isEqualTo("{\"used\":1,\"limit\":1}");
        var refused =
                api.post(path + "/members", """
                        {"userId": "%s", "displayName": "Ada"}""".formatted(given.user().id())).isProblem(409, "seats-taken", null);

        assertThat(refused.at("/detail"))
                .isEqualTo("All seats are taken: the plan allows 1 active member. Remove or suspend a member, or choose"
                        + " a plan with more seats.");
        assertThat(api.get("/v1/tenants/" + given.tenant().id() + "/seats").text())
                .isEqualTo("{\"used\":0}");
    }

    @Test
    void somebodys_tenants_are_listed_with_their_place_in_each() {
        var user = given.user();
        var tenant = given.tenant();
        var other = given.tenant();
        allotment.members().add(tenant.id(), user.id(), "Here", SystemRole.MEMBER.key());
        allotment.members().add(other.id(), user.id(), "There", SystemRole.OWNER.key());
        allotment.members().suspend(tenant.id(), user.id());

        var places = api.get("/v1/users/" + user.id() + "/tenants").is(200);

        assertThat(places.each("/tenant"))
                .containsExactly(tenant.id().toString(), other.id().toString());
        assertThat(places.each("/displayName")).containsExactly("Here", "There");
        assertThat(places.each("/status")).containsExactly("SUSPENDED", "ACTIVE");
        api.get("/v1/users/" + UUID.randomUUID() + "/tenants").isProblem(404, "user-not-found", null);
    }

    @Test
    void what_is_for_people_the_root_key_cannot_do() {
        var tenant = given.tenant();

        api.get("/v1/me/tenants").isProblem(403, "signed-in-only", null);
        api.post("/v1/tenants/" + tenant.id() + "/leave").isProblem(403, "signed-in-only", null);
        api.request("POST", "/v1/invitations/accept")
                .body("{\"token\": \"allot_invite_\"}")
                .send()
                .isProblem(403, "signed-in-only", null);
    }

    @Test
    void a_personal_tenant_is_the_same_however_often_it_is_asked_for() {
        var user = given.user();
        var path = "/v1/users/" + user.id() + "/personal-tenant";

        var tenant = api.request("PUT", path).send().is(200);

        assertThat(api.request("PUT", path).send().is(200).text()).isEqualTo(tenant.text());
        assertThat(api.get("/v1/tenants/" + tenant.at("/id") + "/seats").text()).isEqualTo("{\"used\":1,\"limit\":1}");
        api.post("/v1/tenants/" + tenant.at("/id") + "/members", """
                {"userId": "%s", "displayName": "Ada"}""".formatted(
                                given.user().id()))
                .isProblem(409, "personal-tenant", null);
        api.post("/v1/tenants/" + tenant.at("/id") + "/invitations", """
                {"email": "grace@example.org"}""").isProblem(409, "personal-tenant", null);
    }

    @Test
    void teams_have_names_of_their_own_and_members_of_the_tenant() {
        var tenant = given.tenant();
        var member = given.member(tenant);
        var path = "/v1/tenants/" + tenant.id();
        var team = api.post(path + "/teams", "{\"name\": \"Films\"}").is(201);
        var teamPath = team.header("Location");

        assertThat(api.get(teamPath).text()).isEqualTo(team.text());
        api.post(path + "/teams", "{\"name\": \"Films\"}").isProblem(409, "team-exists", "name");
        assertThat(api.put(teamPath + "/members/" + member, "{\"role\": \"LEAD\"}")
                        .is(200)
                        .at("/role"))
                .isEqualTo("LEAD");
        assertThat(api.get(path + "/members/" + member + "/teams").each("/name"))
                .containsExactly("Films");
        api.put(teamPath + "/members/" + given.member(given.tenant()), "{\"role\": \"LEAD\"}")
                .isProblem(422, "unknown-member", "userId");
        api.get("/v1/tenants/" + given.tenant().id() + "/teams/" + team.at("/id"))
                .isProblem(404, "team-not-found", null);
        var renamed = api.patch(teamPath, "{\"name\": \"Shorts\", \"description\": \"x\", \"version\": 1}")
                .is(200);
        assertThat(renamed.at("/version")).isEqualTo("2");
        assertThat(api.patch(teamPath, "{\"description\": null}").json().has("description"))
                .isFalse();
        api.patch(teamPath, "{\"name\": \"Stale\", \"version\": 1}").isProblem(409, "stale-version", "version");
        api.delete(teamPath + "/members/" + member).is(204);
        api.delete(teamPath + "/members/" + member).isProblem(404, "team-member-not-found", null);
        api.delete(teamPath).is(204);
        api.get(teamPath).isProblem(404, "team-not-found", null);
        assertThat(api.get(path + "/members/" + member).is(200)).isNotNull();
    }

    @Test
    void an_invitations_token_is_told_once_and_mailed_once() {
        var tenant = given.tenant();
        var path = "/v1/tenants/" + tenant.id() + "/invitations";
        var address = Fixtures.word() + "@example.org";
        var body = "{\"email\": \"%s\", \"role\": \"admin\", \"validForSeconds\": 3600}".formatted(address);

        var first = api.request("POST", path)
                .header("Idempotency-Key", "invite-1")
                .body(body)
                .send()
                .is(201);
        var again = api.request("POST", path)
                .header("Idempotency-Key", "invite-1")
                .body(body)
                .send()
                .is(201);

        assertThat(first.at("/token")).matches("allot_invite_[0-9A-Za-z]{43}");
        assertThat(first.at("/expiresAt")).isEqualTo("2026-03-10T11:00:00Z");
        assertThat(again.at("/token")).isNull();
        assertThat(again.at("/id")).isEqualTo(first.at("/id"));
        assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
        assertThat(api.get(first.header("Location")).is(200).at("/token")).isNull();
        assertThat(api.get(path).text()).doesNotContain("allot_invite_");
        assertThat(mailed(address)).hasSize(1).first().asString().contains(first.at("/token"));
    }

    @Test
    void an_address_has_one_open_invitation_which_can_be_sent_again_and_revoked() {
        var tenant = given.tenant();
        var path = "/v1/tenants/" + tenant.id() + "/invitations";
        var address = Fixtures.word() + "@example.org";
        var body = "{\"email\": \"%s\"}".formatted(address);
        var invitation = api.post(path, body).is(201);
        var one = invitation.header("Location");

        api.post(path, body).isProblem(409, "invitation-exists", "email");
        var again = api.post(one + "/send-again").is(200);
        assertThat(again.at("/token")).isNotEqualTo(invitation.at("/token"));
        assertThat(mailed(address)).hasSize(2);
        assertThat(api.post(one + "/revoke").is(200).at("/status")).isEqualTo("REVOKED");
        assertThat(api.post(one + "/revoke").is(200).text())
                .isEqualTo(api.get(one).text());
        api.post(one + "/send-again").isProblem(409, "invitation-ended", null);
        api.post(path, body).is(201);
        assertThat(api.get(path).each("/status")).containsExactly("OPEN", "REVOKED");
        api.get("/v1/tenants/" + given.tenant().id() + "/invitations/" + invitation.at("/id"))
                .isProblem(404, "invitation-not-found", null);
    }

    @Test
    void an_invitation_that_cannot_be_is_refused_by_name() {
        var path = "/v1/tenants/" + given.tenant().id() + "/invitations";

        api.postBad(path, "{\"email\": \"nobody\"}").isProblem(422, "invalid-value", "email");
        api.postBad(path, "{\"email\": \"a@example.org\", \"validForSeconds\": 59}")
                .isProblem(422, "invalid-value", "validForSeconds");
        api.postBad(path, "{\"email\": \"a@example.org\", \"validForSeconds\": 2592001}")
                .isProblem(422, "invalid-value", "validForSeconds");
        api.postBad(path, "{\"email\": \"a@example.org\", \"validForSeconds\": 9223372036854775807}")
                .isProblem(422, "invalid-value", "validForSeconds");
        api.post(path, "{\"email\": \"a@example.org\", \"role\": \"no-such-role\"}")
                .isProblem(422, "unknown-role", "role");
        assertThat(api.get(path).items()).isEmpty();
    }

    @Test
    void who_is_invited_signs_up_accepts_sees_the_tenant_and_leaves_it() {
        var owner = signedUp();
        var path = api.post("/v1/tenants", """
                        {"name": "Acme", "slug": "acme", "ownerUserId": "%s"}""".formatted(owner.get("/v1/me").at("/id")))
                .is(201)
                .header("Location");
        var guest = signedUp();
        var address = guest.get("/v1/me").at("/email");
        guest.get(path).isProblem(404, "tenant-not-found", null);

        var invited = owner.post(path + "/invitations", """
                        {"email": "%s", "role": "admin"}""".formatted(address)).is(201);
        assertThat(invited.at("/token")).as("who invites is not told it").isNull();
        var token = IdentityTest.tokenIn(api.get("/v1/mails").is(200).at("/items/0/body"));
        var accepted = accept(guest, token).is(200);

        assertThat(path).endsWith(accepted.at("/tenant"));
        assertThat(guest.get("/v1/me/tenants").each("/tenantSlug")).containsExactly("acme");
        assertThat(guest.get(path).is(200).at("/slug")).isEqualTo("acme");
        owner.post(path + "/members/" + accepted.at("/userId") + "/suspend").is(200);
        guest.get(path).isProblem(404, "tenant-not-found", null);
        assertThat(guest.get("/v1/me/tenants").each("/status")).containsExactly("SUSPENDED");
        owner.post(path + "/members/" + accepted.at("/userId") + "/reactivate").is(200);
        guest.post(path + "/leave").is(200);
        guest.get(path).isProblem(404, "tenant-not-found", null);
        owner.post(path + "/leave").isProblem(409, "last-owner", null);
    }

    @Test
    void a_token_that_is_not_ones_own_to_use_has_one_answer() {
        var tenant = given.tenant();
        var path = "/v1/tenants/" + tenant.id() + "/invitations";
        var guest = signedUp();
        var thief = signedUp();
        var body = "{\"email\": \"%s\"}".formatted(guest.get("/v1/me").at("/email"));
        var revoked = api.post(path, body).is(201);
        api.post(revoked.header("Location") + "/revoke").is(200);
        var replaced = api.post(path, body).is(201);
        var good = api.post(replaced.header("Location") + "/send-again").is(200).at("/token");

        var wrong = accept(thief, "allot_invite_" + "0".repeat(43)).isProblem(404, "invitation-not-found", null);
        for (var answer : List.of(
                accept(thief, good),
                accept(thief, "nonsense"),
                accept(guest, revoked.at("/token")),
                accept(guest, replaced.at("/token")))) {
            assertThat(answer.at("/detail")).isEqualTo(wrong.at("/detail"));
            assertThat(answer.status()).isEqualTo(404);
        }
        accept(guest, good).is(200);
        assertThat(accept(guest, good).is(404).at("/detail")).isEqualTo(wrong.at("/detail"));
    }

    private Client signedUp() {
        return api.as(
                api.open("/v1/sign-up", """
                        {"email": "%s@example.org", "password": "analytical engine", "displayName": "Ada"}""".formatted(Fixtures.word())).is(201).at("/token"));
    }

    private static Client.Answer accept(Client who, String token) {
        return who.request("POST", "/v1/invitations/accept")
                .body("{\"token\": \"" + token + "\"}")
                .send();
    }

    private List<String> mailed(String address) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.mails().list(PageRequest.first(50)))
                .items()
                .stream()
                .filter(mail -> mail.recipient().value().equals(address))
                .map(mail -> mail.body())
                .toList();
    }
}
