package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.ModelChoice;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a tenant and its members prefer, which models a kind of output may be made with, and which one is used. */
public abstract class AiPreferencesContract extends PersistenceContract {

    private Tenant tenant;
    private UserId member;
    private String provider;

    @BeforeEach
    void models() {
        tenant = given.tenant();
        member = given.member(tenant);
        provider = Fixtures.word();
        allotment.ai().create(AiProvider.of(provider, "Provider"));
        allotment.ai().create(AiModel.of(provider, "a"));
        allotment.ai().create(AiModel.of(provider, "b/2"));
    }

    private ModelRef ref(String model) {
        return new ModelRef(provider, model);
    }

    private ModelPreference full(String model) {
        return new ModelPreference(
                Optional.of(provider),
                Optional.of(model),
                Optional.of("formal"),
                Optional.of("pt-BR"),
                Document.of("emoji", false));
    }

    @Test
    void a_preference_comes_back_as_it_was_set_last_and_members_inherit_the_tenants() {
        allotment.modelPreferences().set(tenant.id(), full("a"));
        allotment.modelPreferences().set(tenant.id(), full("b/2"));

        assertThat(allotment.modelPreferences().get(tenant.id())).isEqualTo(full("b/2"));
        assertThat(allotment.modelPreferences().get(tenant.id(), member)).isEqualTo(full("b/2"));

        allotment.modelPreferences().set(tenant.id(), member, ModelPreference.of(provider, "a"));
        var own = allotment.modelPreferences().get(tenant.id(), member);
        assertThat(own.model()).contains("a");
        assertThat(own.language()).contains("pt-BR");
        assertThat(inTenant(tenant.id(), () -> persistence.aiPreferences().find(tenant.id(), Optional.of(member))))
                .contains(ModelPreference.of(provider, "a"));
    }

    @Test
    void what_a_member_prefers_goes_with_their_membership_and_does_not_come_back() {
        var stays = given.member(tenant);
        allotment.modelPreferences().set(tenant.id(), ModelPreference.of(provider, "a"));
        for (var user : List.of(member, stays)) {
            allotment.modelPreferences().set(tenant.id(), user, full("b/2"));
        }

        allotment.members().remove(tenant.id(), member);
        allotment.members().add(tenant.id(), member, "Back again", SystemRole.MEMBER.key());

        assertThat(allotment.modelPreferences().get(tenant.id(), member)).isEqualTo(ModelPreference.of(provider, "a"));
        assertThat(allotment.modelPreferences().get(tenant.id(), stays)).isEqualTo(full("b/2"));
    }

    @Test
    void who_is_removed_while_they_say_what_they_prefer_leaves_nothing_behind() {
        for (int round = 0; round < 5; round++) {
            var leaving = given.member(tenant);

            var results = Together.run(4, thread -> {
                if (thread == 0) {
                    allotment.members().remove(tenant.id(), leaving);
                    return Optional.empty();
                }
                return Optional.of(allotment.modelPreferences().set(tenant.id(), leaving, full("a")));
            });

            assertThat(results)
                    .flatExtracting(result -> result.failure().stream().toList())
                    .allMatch(failure -> failure instanceof NotFound);
            assertThat(inTenant(tenant.id(), () -> persistence.aiPreferences().find(tenant.id(), Optional.of(leaving))))
                    .isEmpty();
        }
    }

    @Test
    void of_who_is_no_member_nothing_is_kept() {
        var nobody = given.user().id();

        assertThatThrownBy(() -> inTenant(
                        tenant.id(),
                        () -> persistence.aiPreferences().save(tenant.id(), Optional.of(nobody), full("a"), START)))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void what_does_not_exist_cannot_be_preferred_or_allowed() {
        assertThatThrownBy(() -> allotment.modelPreferences().set(tenant.id(), ModelPreference.of(provider, "none")))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> allotment
                        .modelPreferences()
                        .set(
                                tenant.id(),
                                new ModelPreference(
                                        Optional.of("no-such-provider"),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Document.EMPTY)))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> allotment.modelPreferences().allow(tenant.id(), "summary", List.of(ref("none"))))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> allotment
                        .modelPreferences()
                        .set(tenant.id(), given.user().id(), ModelPreference.NONE))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_kind_of_output_is_made_with_what_it_may_be_made_with() {
        allotment.modelPreferences().set(tenant.id(), member, ModelPreference.of(provider, "a"));
        allotment.modelPreferences().allow(tenant.id(), "summary", List.of(ref("b/2")));

        var summary = allotment.modelPreferences().resolve(tenant.id(), Optional.of(member), Optional.of("summary"));
        var other = allotment.modelPreferences().resolve(tenant.id(), Optional.of(member), Optional.of("title"));

        assertThat(summary.model()).isEqualTo(ref("b/2"));
        assertThat(summary.refused())
                .containsExactly(
                        new ModelChoice.Refused(ref("a"), ModelChoice.Wish.USER, ModelChoice.Why.NOT_FOR_OUTPUT_TYPE));
        assertThat(other.model()).isEqualTo(ref("a"));
        assertThat(allotment.modelPreferences().allowed(tenant.id(), "summary")).containsExactly(ref("b/2"));
        allotment.modelPreferences().allow(tenant.id(), "summary", List.of());
        assertThat(allotment.modelPreferences().allowed(tenant.id(), "summary")).isEmpty();
    }

    @Test
    void another_tenant_sees_and_changes_nothing_of_it() {
        allotment.modelPreferences().set(tenant.id(), full("a"));
        allotment.modelPreferences().allow(tenant.id(), "summary", List.of(ref("a")));
        var other = given.tenant().id();

        inTenant(other, () -> {
            assertThat(persistence.aiPreferences().find(tenant.id(), Optional.empty()))
                    .isEmpty();
            assertThat(persistence.aiPreferences().allowed(tenant.id(), "summary"))
                    .isEmpty();
        });
        assertImpossible(() -> inTenant(
                other, () -> persistence.aiPreferences().save(tenant.id(), Optional.empty(), full("a"), START)));
        assertImpossible(() -> inTenant(
                other, () -> persistence.aiPreferences().allow(tenant.id(), "other", List.of(ref("a")), START)));
    }

    @Test
    void members_change_their_own_and_not_the_tenants_or_each_others() {
        var acting = allotment.as(Caller.user(member, Origin.HERE));

        acting.modelPreferences().set(tenant.id(), member, ModelPreference.of(provider, "a"));

        assertThat(acting.modelPreferences().get(tenant.id(), member).model()).contains("a");
        assertThatThrownBy(() -> acting.modelPreferences().set(tenant.id(), ModelPreference.NONE))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> acting.modelPreferences().set(tenant.id(), given.member(tenant), ModelPreference.NONE))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> acting.modelPreferences().allow(tenant.id(), "summary", List.of()))
                .isInstanceOf(Forbidden.class);
    }

    @Test
    void a_key_of_a_member_changes_nothing_of_theirs_that_its_scopes_do_not_say() {
        var key = allotment
                .apiKeys()
                .create(
                        tenant.id(),
                        ApiKey.Wish.of("test", ApiKeySettings.of("Key", Set.of()))
                                .ownedBy(member))
                .key()
                .id();
        var acting = allotment.as(Caller.key(tenant.id(), key, Optional.of(member), Origin.HERE));

        assertThatThrownBy(() -> acting.modelPreferences().set(tenant.id(), member, ModelPreference.of(provider, "a")))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> acting.modelPreferences().get(tenant.id(), member))
                .isInstanceOf(Forbidden.class);
    }

    @Test
    void a_choice_for_another_member_is_for_who_may_have_work_done_for_them() {
        var acting = allotment.as(Caller.user(given.member(tenant), Origin.HERE));
        var own = allotment.as(Caller.user(member, Origin.HERE));
        allotment.modelPreferences().set(tenant.id(), member, ModelPreference.of(provider, "a"));

        assertThatThrownBy(() -> acting.modelPreferences().resolve(tenant.id(), Optional.of(member), Optional.empty()))
                .isInstanceOf(Forbidden.class);
        assertThat(own.modelPreferences()
                        .resolve(tenant.id(), Optional.of(member), Optional.empty())
                        .model())
                .isEqualTo(ref("a"));
    }

    @Test
    void of_two_who_say_at_once_what_is_allowed_one_is_heard() {
        for (int round = 0; round < 20; round++) {
            var type = "type-" + round;
            Stream.of("a", "b/2")
                    .map(model -> CompletableFuture.runAsync(
                            () -> allotment.modelPreferences().allow(tenant.id(), type, List.of(ref(model)))))
                    .toList()
                    .forEach(CompletableFuture::join);

            assertThat(allotment.modelPreferences().allowed(tenant.id(), type)).hasSize(1);
        }
    }
}
