package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Together or not at all, and one tenant at a time. */
public abstract class UnitOfWorkContract extends PersistenceContract {

    private TenantId tenant;
    private TenantId other;

    @BeforeEach
    void two_tenants() {
        tenant = given.tenant().id();
        other = given.tenant().id();
    }

    @Test
    void it_gives_what_the_work_gives() {
        String result = inTenant(tenant, () -> "done");

        assertThat(result).isEqualTo("done");
    }

    @Test
    void the_same_tenants_unit_joins_the_outer_one() {
        var written = inTenant(tenant, () -> {
            var first = writeNew();
            var second = inTenant(tenant, () -> {
                assertThat(persistence.accounts().find(tenant, first)).isPresent();
                return writeNew();
            });
            return List.of(first, second);
        });

        assertThat(written).allSatisfy(account -> assertThat(isThere(account)).isTrue());
    }

    @Test
    void the_platforms_unit_joins_the_platforms() {
        var written = inPlatform(() -> inPlatform(this::writeNew));

        assertThat(isThere(written)).isTrue();
    }

    @Test
    void another_tenants_unit_cannot_be_opened_inside() {
        assertThatThrownBy(() -> inTenant(tenant, () -> inTenant(other, this::writeNew)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_platforms_unit_cannot_be_opened_inside_a_tenants() {
        assertThatThrownBy(() -> inTenant(tenant, () -> inPlatform(this::writeNew)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_tenants_unit_cannot_be_opened_inside_the_platforms() {
        assertThatThrownBy(() -> inPlatform(() -> inTenant(tenant, this::writeNew)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_failure_comes_out_as_it_was_and_leaves_nothing() {
        var account = newAccount();
        var failure = new Undone();

        assertThatThrownBy(() -> inTenant(tenant, () -> {
                    write(account);
                    throw failure;
                }))
                .isSameAs(failure);

        assertThat(isThere(account)).isFalse();
    }

    @Test
    void an_error_leaves_nothing_either() {
        var account = newAccount();
        var failure = new AssertionError("not even an exception");

        assertThatThrownBy(() -> inTenant(tenant, () -> {
                    write(account);
                    throw failure;
                }))
                .isSameAs(failure);

        assertThat(isThere(account)).isFalse();
    }

    @Test
    void a_failure_of_the_outer_unit_takes_back_what_the_inner_one_did() {
        var account = newAccount();

        inTenantThenUndone(tenant, () -> inTenant(tenant, () -> write(account)));

        assertThat(isThere(account)).isFalse();
    }

    @Test
    void a_failure_of_an_inner_unit_fails_the_whole_even_when_it_is_caught() {
        var account = newAccount();
        var failure = new Undone();

        assertThatThrownBy(() -> inTenant(tenant, () -> {
                    write(account);
                    catchAll(() -> inTenant(tenant, () -> {
                        throw failure;
                    }));
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("rolled back because")
                .hasCause(failure);

        assertThat(isThere(account)).isFalse();
    }

    @Test
    void a_failure_of_an_inner_unit_that_nobody_catches_comes_out_as_it_was() {
        var failure = new Undone();

        assertThatThrownBy(() -> inTenant(
                        tenant,
                        () -> inTenant(tenant, () -> {
                            throw failure;
                        })))
                .isSameAs(failure);
    }

    @Test
    void after_a_failure_the_thread_can_begin_anew_as_anybody() {
        inTenantThenUndone(tenant, this::writeNew);

        var mine = inTenant(tenant, () -> writeNew());
        var theirs = newAccount();
        inTenant(
                other,
                () -> persistence
                        .accounts()
                        .insert(new BillingAccount(other, theirs, BillingAccount.Holder.MEMBER, START)));
        inPlatform(() -> {
            assertThat(persistence.accounts().find(tenant, mine)).isPresent();
            assertThat(persistence.accounts().find(other, theirs)).isPresent();
        });
    }

    @Test
    void repositories_are_of_no_use_outside() {
        assertThatThrownBy(() -> persistence.accounts().find(tenant, newAccount()))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(this::writeNew).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_unit_belongs_to_its_thread() {
        var results = inTenant(tenant, () -> Together.run(1, thread -> writeNew()));

        assertThat(results.get(0).failure()).containsInstanceOf(IllegalStateException.class);
    }

    @Test
    void it_is_open_inside_and_in_no_other_thread() {
        var units = persistence.unitOfWork();

        assertThat(units.isOpen()).isFalse();
        inTenant(tenant, () -> {
            assertThat(units.isOpen()).isTrue();
            inTenant(tenant, () -> assertThat(units.isOpen()).isTrue());
            assertThat(units.isOpen()).isTrue();
            assertThat(Together.values(Together.run(1, thread -> units.isOpen())))
                    .containsExactly(false);
        });
        inPlatform(() -> assertThat(units.isOpen()).isTrue());
        inTenantThenUndone(tenant, () -> assertThat(units.isOpen()).isTrue());
        assertThat(units.isOpen()).isFalse();
    }

    @Test
    void units_of_many_threads_do_not_disturb_each_other() {
        var results = Together.run(8, thread -> {
            var account = newAccount();
            if (thread % 2 == 0) {
                inTenant(tenant, () -> write(account));
            } else {
                inTenantThenUndone(tenant, () -> write(account));
            }
            return account;
        });

        var accounts = Together.values(results);
        for (int thread = 0; thread < accounts.size(); thread++) {
            assertThat(isThere(accounts.get(thread))).isEqualTo(thread % 2 == 0);
        }
    }

    private AccountId writeNew() {
        return write(newAccount());
    }

    private AccountId write(AccountId account) {
        persistence.accounts().insert(new BillingAccount(tenant, account, BillingAccount.Holder.MEMBER, START));
        return account;
    }

    private AccountId newAccount() {
        return BillingAccount.idOf(new UserId(ids.next()));
    }

    private boolean isThere(AccountId account) {
        return inTenant(tenant, () -> persistence.accounts().find(tenant, account))
                .isPresent();
    }

    private static void catchAll(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException swallowed) {
            // what a careless caller does
        }
    }
}
