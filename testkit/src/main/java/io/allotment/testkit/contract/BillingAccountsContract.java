package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.Fixtures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who can pay, and the lock under which what they have changes. */
public abstract class BillingAccountsContract extends PersistenceContract {

    private TenantId tenant;
    private TenantId other;

    @BeforeEach
    void two_tenants_without_accounts() {
        tenant = newTenant();
        other = newTenant();
    }

    @Test
    void an_account_comes_back_as_it_was_opened() {
        var tenants = opened(BillingAccount.ofTenant(tenant, START));
        var members = opened(BillingAccount.ofMember(tenant, given.user().id(), START));

        assertThat(found(tenant, tenants.id())).contains(tenants);
        assertThat(found(tenant, members.id())).contains(members);
        assertThat(found(tenant, newAccount(tenant).id())).isEmpty();
    }

    @Test
    void an_account_opens_with_an_empty_ledger() {
        var account = opened(newAccount(tenant));

        assertThat(inTenant(tenant, () -> persistence.credits().find(tenant, account.id())))
                .contains(CreditAccount.empty(tenant, account.id()));
    }

    @Test
    void an_account_cannot_be_opened_twice() {
        var account = opened(BillingAccount.ofTenant(tenant, START));

        assertThatThrownBy(() -> opened(BillingAccount.ofTenant(tenant, START.plusSeconds(1))))
                .isInstanceOf(AlreadyExists.class);
        assertThat(found(tenant, account.id())).contains(account);
    }

    @Test
    void a_user_may_have_accounts_in_several_tenants() {
        var user = given.user().id();
        var here = opened(BillingAccount.ofMember(tenant, user, START));
        var there = opened(BillingAccount.ofMember(other, user, START.plusSeconds(1)));

        assertThat(found(tenant, here.id())).contains(here);
        assertThat(found(other, there.id())).contains(there);
    }

    @Test
    void a_tenant_that_does_not_exist_opens_no_account() {
        var nowhere = new TenantId(ids.next());

        assertThatThrownBy(() -> opened(BillingAccount.ofTenant(nowhere, START)))
                .isInstanceOf(Unknown.class);
        assertThat(found(nowhere, BillingAccount.idOf(nowhere))).isEmpty();
    }

    @Test
    void accounts_are_listed_in_the_order_of_their_ids() {
        var accounts = new ArrayList<>(List.of(BillingAccount.ofTenant(tenant, START)));
        for (int i = 0; i < 4; i++) {
            accounts.add(newAccount(tenant));
        }
        accounts.stream()
                .sorted(Comparator.comparing(
                                (BillingAccount account) -> account.id().toString())
                        .reversed())
                .forEach(this::opened);

        assertListing(
                accounts, page -> inTenant(tenant, () -> persistence.accounts().list(tenant, page)));
    }

    @Test
    void another_tenant_neither_sees_nor_locks_nor_opens_accounts() {
        var account = opened(BillingAccount.ofTenant(tenant, START));
        var never = newAccount(tenant);

        inTenant(other, () -> {
            assertThat(persistence.accounts().find(tenant, account.id())).isEmpty();
            assertThat(persistence.accounts().find(other, account.id())).isEmpty();
            assertThat(persistence.accounts().lock(tenant, account.id())).isFalse();
            assertThat(persistence
                            .accounts()
                            .list(tenant, PageRequest.first(10))
                            .items())
                    .isEmpty();
        });
        assertImpossible(() -> inTenant(other, () -> persistence.accounts().insert(never)));
        assertThat(found(tenant, never.id())).isEmpty();
    }

    @Test
    void the_platform_sees_and_opens_accounts_of_any_tenant() {
        var account = newAccount(tenant);

        inPlatform(() -> persistence.accounts().insert(account));

        assertThat(inPlatform(() -> persistence.accounts().find(tenant, account.id())))
                .contains(account);
    }

    @Test
    void a_failed_unit_opens_no_account() {
        var account = newAccount(tenant);

        inTenantThenUndone(tenant, () -> persistence.accounts().insert(account));

        assertThat(found(tenant, account.id())).isEmpty();
        assertThat(inTenant(tenant, () -> persistence.credits().find(tenant, account.id())))
                .isEmpty();
    }

    @Test
    void what_is_not_there_cannot_be_locked() {
        var account = opened(newAccount(tenant));

        assertThat(lock(tenant, account.id())).isTrue();
        assertThat(lock(tenant, newAccount(tenant).id())).isFalse();
    }

    @Test
    void a_lock_is_held_until_its_unit_ends() {
        var account = opened(newAccount(tenant)).id();
        var held = new CountDownLatch(1);
        var wanted = new CountDownLatch(1);
        var finished = new AtomicBoolean();

        var results = Together.run(List.of(
                () -> inTenant(tenant, () -> {
                    persistence.accounts().lock(tenant, account);
                    held.countDown();
                    Together.await(wanted);
                    finished.set(true);
                    return true;
                }),
                () -> {
                    Together.await(held);
                    wanted.countDown();
                    return inTenant(tenant, () -> {
                        persistence.accounts().lock(tenant, account);
                        return finished.get();
                    });
                }));

        assertThat(Together.values(results)).containsExactly(true, true);
    }

    @Test
    void a_lock_of_all_accounts_is_held_until_its_unit_ends() {
        var accounts = List.of(
                opened(newAccount(tenant)).id(), opened(newAccount(tenant)).id());
        var held = new CountDownLatch(1);
        var wanted = new CountDownLatch(2);
        var finished = new AtomicBoolean();
        var parts = new ArrayList<Callable<Boolean>>();
        parts.add(() -> inTenant(tenant, () -> {
            persistence.accounts().lockAll(tenant);
            held.countDown();
            Together.await(wanted);
            finished.set(true);
            return true;
        }));
        accounts.forEach(account -> parts.add(() -> {
            Together.await(held);
            wanted.countDown();
            return inTenant(tenant, () -> {
                persistence.accounts().lock(tenant, account);
                return finished.get();
            });
        }));

        assertThat(Together.values(Together.run(parts))).containsExactly(true, true, true);
    }

    @Test
    void a_lock_of_all_accounts_is_one_of_the_tenants_own() {
        var account = opened(newAccount(tenant)).id();

        inTenant(other, () -> {
            persistence.accounts().lockAll(other);
            persistence.accounts().lockAll(tenant);
        });
        inTenant(tenant, () -> {
            persistence.accounts().lockAll(tenant);
            persistence.accounts().lockAll(tenant);
            assertThat(persistence.accounts().lock(tenant, account)).isTrue();
        });
    }

    @Test
    void units_that_lock_all_and_units_that_lock_one_all_come_through_and_never_meet() {
        var accounts =
                Stream.generate(() -> opened(newAccount(tenant)).id()).limit(4).toList();
        var inside = new AtomicInteger();
        var met = new AtomicBoolean();

        var results = Together.run(8, thread -> {
            for (int i = 0; i < 10; i++) {
                boolean all = (thread + i) % 2 == 0;
                inTenant(tenant, () -> {
                    if (all) {
                        persistence.accounts().lockAll(tenant);
                    } else {
                        persistence.accounts().lock(tenant, accounts.get(0));
                    }
                    if (inside.incrementAndGet() > 1) {
                        met.set(true);
                    }
                    inside.decrementAndGet();
                });
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(8);
        assertThat(met).isFalse();
    }

    @Test
    void two_units_never_hold_the_same_lock() {
        var account = opened(newAccount(tenant)).id();
        var inside = new AtomicInteger();
        var met = new AtomicBoolean();

        var results = Together.run(8, thread -> {
            for (int i = 0; i < 10; i++) {
                inTenant(tenant, () -> {
                    persistence.accounts().lock(tenant, account);
                    if (inside.incrementAndGet() > 1) {
                        met.set(true);
                    }
                    inside.decrementAndGet();
                });
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(8);
        assertThat(met).isFalse();
    }

    private TenantId newTenant() {
        var word = Fixtures.word();
        var created = Tenant.created(new TenantId(ids.next()), TenantProfile.of(word, word), START);
        inPlatform(() -> persistence.tenants().insert(created));
        return created.id();
    }

    private BillingAccount newAccount(TenantId where) {
        return BillingAccount.ofMember(where, new UserId(ids.next()), START);
    }

    private BillingAccount opened(BillingAccount account) {
        inTenant(account.tenantId(), () -> persistence.accounts().insert(account));
        return account;
    }

    private Optional<BillingAccount> found(TenantId where, AccountId account) {
        return inTenant(where, () -> persistence.accounts().find(where, account));
    }

    private boolean lock(TenantId where, AccountId account) {
        return inTenant(where, () -> persistence.accounts().lock(where, account));
    }
}
