package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.access.Right;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In whose name, and on whose account, people and keys consume. */
class GateCallerTest extends HttpTest {

    private Tenant tenant;
    private String operation;
    private String gate;
    private Person ada;
    private Person grace;

    private record Person(UserId id, String token) {}

    @BeforeEach
    void a_tenant_with_two_members() {
        tenant = given.tenantWith(100);
        operation = given.operation("1").value();
        gate = "/v1/tenants/" + tenant.id() + "/gate";
        ada = person("ada", SystemRole.MEMBER);
        grace = person("grace", SystemRole.MEMBER);
    }

    @Test
    void who_names_nobody_consumes_in_their_own_name() {
        var decision = as(ada).post(gate + "/consume", charge("")).is(200);

        assertThat(decision.at("/allowed")).isEqualTo("true");
        assertThat(actorOf(decision)).isEqualTo(ada.id().toString());
    }

    @Test
    void nobody_consumes_in_anothers_name_without_the_right_to() {
        as(ada).post(gate + "/consume", charge(", \"actor\": {\"type\": \"USER\", \"id\": \"" + grace.id() + "\"}"))
                .isProblem(403, "permission-missing", null);
        assertThat(allotment
                        .credits()
                        .balance(tenant.id(), Fixtures.accountOf(tenant))
                        .balance()
                        .value())
                .isEqualByComparingTo("100");
    }

    @Test
    void who_may_delegate_consumes_for_others() {
        var owner = person("kay", SystemRole.OWNER);

        var decision = as(owner)
                .post(gate + "/consume", charge(", \"actor\": {\"type\": \"USER\", \"id\": \"" + grace.id() + "\"}"))
                .is(200);

        assertThat(actorOf(decision)).isEqualTo(grace.id().toString());
    }

    @Test
    void nobody_spends_from_another_members_account() {
        var account = given.memberAccount(tenant, grace.id(), PlanVersionTerms.empty());

        as(ada).post(gate + "/consume", charge(", \"account\": \"" + account + "\""))
                .isProblem(403, "permission-missing", null);
        as(grace)
                .post(gate + "/consume", charge(", \"account\": \"" + account + "\""))
                .is(200);
    }

    @Test
    void who_only_looks_consumes_nothing() {
        var viewer = person("viewer", SystemRole.VIEWER);

        as(viewer).post(gate + "/consume", charge("")).isProblem(403, "permission-missing", null);
        as(viewer).request("POST", gate + "/check").body(charge("")).send().is(403);
    }

    @Test
    void anothers_reservation_is_not_there() {
        var reserved = as(ada).post(gate + "/reserve", charge("")).is(200).at("/reservation");
        var work = gate + "/reservations/" + reserved;

        as(grace).post(work + "/settle", charge("")).isProblem(404, "reservation-not-found", null);
        as(grace).post(work + "/renew", "{\"leaseSeconds\": 60}").isProblem(404, "reservation-not-found", null);
        as(grace).post(work + "/release").isProblem(404, "reservation-not-found", null);
        as(ada).post(work + "/settle", charge("")).is(200);
    }

    @Test
    void a_charge_is_undone_by_operators_alone() {
        var owner = person("kay", SystemRole.OWNER);
        var decision = as(owner).post(gate + "/consume", charge("")).is(200).at("/id");

        as(owner)
                .post(gate + "/decisions/" + decision + "/refund", "{\"reason\": \"I say so\"}")
                .isProblem(403, "operator-only", null);
    }

    @Test
    void a_key_consumes_in_its_own_name_and_its_owners() {
        var key = key(Optional.of(ada.id()), Set.of(Right.GATE_USE.key()));

        var decision = api.as(key).post(gate + "/consume", charge("")).is(200);

        assertThat(actorOf(decision)).isEqualTo(ada.id().toString());
    }

    @Test
    void a_key_may_no_more_than_its_scopes() {
        var reads = key(Optional.empty(), Set.of(Right.USAGE_READ.key()));
        var all = key(Optional.empty(), all());

        api.as(reads).post(gate + "/consume", charge("")).isProblem(403, "permission-missing", null);
        api.as(all)
                .post(gate + "/consume", charge(", \"actor\": {\"type\": \"USER\", \"id\": \"" + grace.id() + "\"}"))
                .is(200);
    }

    @Test
    void the_right_of_an_operation_is_asked_of_who_consumes() {
        var permission = given.permission("films:cut");
        var cut = given.operation(
                Operation.of(Fixtures.word(), "films", Credits.of(1)).needing(permission.value()));
        var body = "{\"operation\": \"" + cut + "\", \"quantity\": \"1\"}";

        assertThat(as(ada).post(gate + "/consume", body).is(200).at("/denial/reason"))
                .isEqualTo("PERMISSION_MISSING");
        allotment.access().give(SystemRole.MEMBER, permission);
        assertThat(as(ada).post(gate + "/consume", body).is(200).at("/allowed")).isEqualTo("true");
        allotment.access().take(SystemRole.MEMBER, permission);
        assertThat(as(ada).post(gate + "/consume", body).is(200).at("/denial/reason"))
                .isEqualTo("PERMISSION_MISSING");
    }

    private Client as(Person person) {
        return api.as(person.token());
    }

    private String charge(String more) {
        return "{\"operation\": \"" + operation + "\", \"quantity\": \"1\"" + more + "}";
    }

    /** The user who did it, in person or with a key. */
    private String actorOf(Client.Answer decision) {
        var actor = api.get("/v1/tenants/" + tenant.id() + "/usage/events/" + decision.at("/id"));
        return actor.at("/actor/member") != null ? actor.at("/actor/member") : actor.at("/actor/id");
    }

    private Person person(String name, SystemRole role) {
        var issued = allotment.signIn().byToken(Issued.token(name, name + "@example.org", clock));
        allotment.members().add(tenant.id(), issued.user().id(), name, role.key());
        return new Person(issued.user().id(), issued.token());
    }

    private String key(Optional<UserId> owner, Set<PermissionKey> scopes) {
        var wish = ApiKey.Wish.of("live", ApiKeySettings.of("Key", scopes));
        var made =
                allotment.apiKeys().create(tenant.id(), owner.map(wish::ownedBy).orElse(wish));
        return made.secret().orElseThrow().reveal();
    }

    private static Set<PermissionKey> all() {
        return Arrays.stream(Right.values()).map(Right::key).collect(Collectors.toSet());
    }
}
