package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.Caller;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class IdentityTest extends HttpTest {

    @Test
    void a_user_is_found_by_id_and_by_address_in_any_case() {
        var created = api.post("/v1/users", """
                {"email": "Ada@Example.org", "displayName": "Ada Lovelace"}""").is(201);

        assertThat(created.at("/email")).isEqualTo("ada@example.org");
        assertThat(api.get(created.header("Location")).text()).isEqualTo(created.text());
        assertThat(api.get("/v1/users?email=ADA@example.org").each("/id")).containsExactly(created.at("/id"));
    }

    @Test
    void an_address_that_nobody_has_finds_nobody() {
        given.user();

        assertThat(api.get("/v1/users?email=nobody@example.org").is(200).items())
                .isEmpty();
    }

    @Test
    void an_address_belongs_to_one_user() {
        var ada = """
                {"email": "ada@example.org", "displayName": "Ada"}""";
        api.post("/v1/users", ada).is(201);

        api.post("/v1/users", ada).isProblem(409, "user-exists", "email");
    }

    @Test
    void what_is_no_address_is_refused() {
        api.post("/v1/users", """
                {"email": "ada at example", "displayName": "Ada"}""").isProblem(422, "invalid-value", "email");
        api.get("/v1/users?email=nonsense").isProblem(422, "invalid-value", "email");
    }

    @Test
    void users_are_listed_oldest_first() {
        var first = given.user();
        var second = given.user();

        var page = api.get("/v1/users?limit=1");

        assertThat(page.each("/id")).containsExactly(first.id().toString());
        assertThat(api.get("/v1/users?limit=1&after=" + page.at("/next")).each("/id"))
                .containsExactly(second.id().toString());
    }

    @Test
    void an_unknown_user_is_not_found() {
        api.get("/v1/users/" + UUID.randomUUID()).isProblem(404, "user-not-found", null);
    }

    @Test
    void a_user_is_created_with_all_that_is_known_of_them() {
        var created = api.post("/v1/users", """
                {"email": "ada@example.org", "displayName": "Ada", "fullName": "Ada Lovelace",
                 "avatarUrl": "https://example.org/ada.png", "timeZone": "Europe/London", "language": "EN-gb"}""").is(201);

        assertThat(created.at("/language")).isEqualTo("en-GB");
        assertThat(created.at("/timeZone")).isEqualTo("Europe/London");
        assertThat(created.at("/active")).isEqualTo("true");
        assertThat(created.at("/version")).isEqualTo("1");
        assertThat(api.get("/v1/users/" + created.at("/id")).text()).isEqualTo(created.text());
    }

    @Test
    void a_change_leaves_what_it_does_not_name_and_clears_what_it_sets_to_null() {
        var user = api.post("/v1/users", """
                {"email": "ada@example.org", "displayName": "Ada", "fullName": "Ada Lovelace", "language": "en"}""").at("/id");

        var changed = api.patch("/v1/users/" + user, """
                {"email": "countess@example.org", "fullName": null, "version": 1}""").is(200);

        assertThat(changed.at("/email")).isEqualTo("countess@example.org");
        assertThat(changed.at("/displayName")).isEqualTo("Ada");
        assertThat(changed.at("/fullName")).isNull();
        assertThat(changed.at("/version")).isEqualTo("2");
        api.patch("/v1/users/" + user, """
                {"displayName": "Late", "version": 1}""").isProblem(409, "stale-version", "version");
    }

    @Test
    void what_is_no_zone_language_or_address_of_a_picture_is_refused() {
        for (var field :
                new String[][] {{"timeZone", "+02:00"}, {"language", "not a tag"}, {"avatarUrl", "https:///nowhere"}}) {
            api.postBad("/v1/users", """
                            {"email": "ada@example.org", "displayName": "Ada", "%s": "%s"}""".formatted(field[0], field[1])).isProblem(422, "invalid-value", field[0]);
        }
    }

    @Test
    void who_is_deactivated_is_out_at_once_and_in_again_when_reactivated() {
        var ada = signedUp("ada@example.org");
        var me = api.as(ada.at("/token"));
        var active = "/v1/users/" + ada.at("/user/id") + "/active";
        var signIn = """
                {"email": "ada@example.org", "password": "analytical engine"}""";

        api.put(active, "{\"active\": false}").is(200);

        me.get("/v1/me").isProblem(401, "unauthorized", null);
        api.open("/v1/sign-in/password", signIn).isProblem(401, "sign-in-failed", null);

        api.put(active, "{\"active\": true}").is(200);

        me.get("/v1/me").isProblem(401, "unauthorized", null);
        api.open("/v1/sign-in/password", signIn).is(200);
    }

    @Test
    void the_last_owner_of_a_tenant_is_deactivated_where_the_tenant_is_named() {
        var tenant = given.tenant();
        var owner = given.member(tenant, SystemRole.OWNER);
        var active = "/v1/users/" + owner + "/active";

        api.put(active, "{\"active\": false}").isProblem(409, "last-owner", null);
        assertThat(api.put(active, "{\"active\": false, \"leavingWithoutOwner\": [\"%s\"]}".formatted(tenant.id()))
                        .is(200)
                        .at("/active"))
                .isEqualTo("false");
    }

    @Test
    void who_is_deactivated_holds_nothing_in_their_tenants() {
        var ada = signedUp("ada@example.org");
        var me = api.as(ada.at("/token"));
        var user = UserId.of(ada.at("/user/id"));
        var tenant = given.tenant();
        allotment.members().add(tenant.id(), user, "Ada", SystemRole.VIEWER.key());
        me.get("/v1/tenants/" + tenant.id()).is(200);
        var jwt = Issued.token("subject", "ada@example.org", clock);

        allotment.users().deactivate(user);

        api.as(jwt).get("/v1/tenants/" + tenant.id()).isProblem(401, "unauthorized", null);
        var asAda = allotment.as(Caller.user(user, Origin.HERE));
        assertThatThrownBy(() -> asAda.tenants().get(tenant.id())).isInstanceOf(NotFound.class);
    }

    @Test
    void who_signed_in_is_no_operator() {
        var me = api.as(signedUp("ada@example.org").at("/token"));
        var own = me.get("/v1/me").at("/id");

        me.get("/v1/users").isProblem(403, "operator-only", null);
        me.get("/v1/users/" + own).isProblem(403, "operator-only", null);
        me.patch("/v1/users/" + own, "{}").isProblem(403, "operator-only", null);
        me.put("/v1/users/" + own + "/active", "{\"active\": false}").isProblem(403, "operator-only", null);
        me.put("/v1/users/" + own + "/password", "{\"password\": \"analytical engine\"}")
                .isProblem(403, "operator-only", null);
        me.get("/v1/mails").isProblem(403, "operator-only", null);
    }

    @Test
    void an_operator_who_signed_in_is_one_and_support_reads_alone() {
        var ada = signedUp("ada@example.org");
        var me = api.as(ada.at("/token"));
        var user = UserId.of(ada.at("/user/id"));

        allotment.access().assignPlatformRole(user, PlatformRole.SUPPORT, Optional.empty());
        clock.advance(Duration.ofSeconds(1));
        me.get("/v1/users").is(200);
        me.patch("/v1/users/" + user, "{}").isProblem(403, "operator-only", null);
        me.get("/v1/mails").isProblem(403, "operator-only", null);

        allotment.access().assignPlatformRole(user, PlatformRole.OPERATOR, Optional.empty());
        clock.advance(Duration.ofSeconds(1));
        me.get("/v1/mails").is(200);
    }

    private Client.Answer signedUp(String email) {
        return api.open("/v1/sign-up", """
                {"email": "%s", "password": "analytical engine", "displayName": "Ada"}""".formatted(email)).is(201);
    }

    /** The secret that a mail tells. */
    static String tokenIn(String mail) {
        var token = Pattern.compile("[a-z_]+_[0-9A-Za-z]{43}").matcher(mail);
        assertThat(token.find()).as(mail).isTrue();
        return token.group();
    }
}
