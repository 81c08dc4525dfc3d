package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.InsufficientCredits;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Balances, grants and the ledger that tells how they came about. */
public abstract class CreditAccountsContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(50);

    private TenantId tenant;
    private AccountId account;

    @BeforeEach
    void an_account() {
        tenant = given.tenant().id();
        account = BillingAccount.idOf(tenant);
    }

    @Test
    void what_is_not_there_is_not_found() {
        inTenant(tenant, () -> {
            assertThat(persistence.credits().find(tenant, new AccountId(ids.next())))
                    .isEmpty();
            assertThat(persistence.credits().findGrant(tenant, new GrantId(ids.next())))
                    .isEmpty();
            assertThat(persistence.credits().findEntry(tenant, Fixtures.key())).isEmpty();
        });
    }

    @Test
    void an_account_comes_back_with_its_grants_in_burn_down_order() {
        var late = grant(of("30").expiring(START.plus(Duration.ofDays(9))));
        var never = grant(of("20.000000001"));
        var soon = grant(of("10").expiring(START.plus(Duration.ofDays(1))));
        var first = grant(of("1").withPriority(0));

        assertThat(credits())
                .isEqualTo(new CreditAccount(
                        tenant,
                        account,
                        Credits.of("61.000000001"),
                        Credits.ZERO,
                        Credits.ZERO,
                        Credits.ZERO,
                        false,
                        4,
                        List.of(first, soon, late, never)));
        assertThat(credits().grants()).containsExactly(first, soon, late, never);
    }

    @Test
    void a_grant_comes_back_with_everything_it_was_given() {
        var full = grant(new GrantTerms(
                Credits.of("99999999.123456789"),
                GrantSource.PURCHASE,
                Optional.of("order 7, Ünïcode"),
                1_000,
                Optional.of(START.plusSeconds(60)),
                Optional.of(START.plusSeconds(3_600)),
                Optional.of("pi_123"),
                Optional.of("two\nlines"),
                DOCUMENT,
                Optional.of(new GrantTerms.Rollover(Credits.of("12.5"), START.plusSeconds(7_200)))));
        var bare = grant(of("1"));

        assertThat(found(full.id())).contains(full);
        assertThat(found(bare.id())).contains(bare);
    }

    @Test
    void every_source_comes_back() {
        for (var source : GrantSource.values()) {
            var grant = grant(GrantTerms.of(Credits.of(1), source));
            assertThat(found(grant.id())).contains(grant);
        }
    }

    @Test
    void a_spent_grant_is_no_longer_loaded_but_still_found() {
        var small = grant(of("5").withPriority(1));
        var large = grant(of("50"));

        save(credits().draw(Credits.of(7), CreditEntry.Type.ADJUSTED, manual(Optional.empty()), START));

        assertThat(credits().grants()).extracting(CreditGrant::id).containsExactly(large.id());
        assertThat(credits().balance()).isEqualTo(Credits.of(48));
        assertThat(found(small.id())).map(CreditGrant::remaining).contains(Credits.ZERO);
        assertThat(found(large.id())).map(CreditGrant::remaining).contains(Credits.of(48));
    }

    @Test
    void a_voided_grant_says_when() {
        var grant = grant(of("5"));
        var later = clock.advance(Duration.ofHours(1));

        save(credits().voidGrant(grant.id(), manual(Optional.empty()), later));

        assertThat(found(grant.id())).get().satisfies(voided -> {
            assertThat(voided.remaining()).isEqualTo(Credits.ZERO);
            assertThat(voided.voidedAt()).contains(later);
            assertThat(voided.terms()).isEqualTo(grant.terms());
        });
        assertThat(credits().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void an_entry_comes_back_with_everything_it_says() {
        var user = given.user().id();
        var key = Fixtures.key();
        var reason = new CreditReason(
                Actor.user(user),
                Optional.of(GrantSource.GIFT),
                Optional.of("campaign"),
                Optional.of(START.plusSeconds(9)),
                Optional.of("pi_9"),
                Optional.of(new DecisionId(ids.next())),
                Optional.of(new RelatedEntity("meeting", "m 1, Ünïcode")),
                Optional.of("two\nlines"),
                DOCUMENT,
                Optional.of(key));
        var movement = granting(of("5"), CreditEntry.Type.ADJUSTED, reason);

        // A decision that never was: undone, so that nobody stumbles over it.
        inTenantThenUndone(tenant, () -> {
            persistence.credits().save(movement);

            assertThat(persistence.credits().findEntry(tenant, key))
                    .contains(movement.entries().get(0));
            assertThat(persistence
                            .credits()
                            .listEntries(tenant, account, EntryFilter.ALL, FIRST)
                            .items())
                    .isEqualTo(movement.entries());
        });
    }

    @Test
    void an_entry_of_several_draws_keeps_them_in_order() {
        grant(of("1.5"));
        grant(of("2.5"));
        grant(of("3.5"));

        var movement = credits().draw(Credits.of(5), CreditEntry.Type.ADJUSTED, manual(Optional.empty()), START);
        save(movement);

        assertThat(entries(EntryFilter.ALL).get(0)).isEqualTo(movement.entries().get(0));
        assertThat(movement.entries().get(0).draws()).hasSize(3);
    }

    @Test
    void a_movement_of_several_entries_is_written_whole() {
        grant(of("1").expiring(START.plusSeconds(1)));
        grant(of("2").expiring(START.plusSeconds(2)));
        clock.advance(Duration.ofDays(1));

        var movement = credits().broughtTo(clock.instant());
        save(movement);

        assertThat(movement.entries()).hasSize(2);
        assertThat(entries(EntryFilter.ALL).subList(0, 2))
                .containsExactly(movement.entries().get(1), movement.entries().get(0));
        assertThat(credits()).isEqualTo(movement.account());
    }

    @Test
    void what_is_held_overdrawn_and_told_comes_back() {
        grant(of("10").withPriority(1));
        grant(of("20"));

        // No reservation explains these holds: undone, so that nobody stumbles over them.
        inTenantThenUndone(tenant, () -> {
            assertSaved(new CreditAccount.Movement(
                    credits().withOverdraftLimit(Credits.of("7.000000001")), List.of(), List.of()));
            assertSaved(credits().draw(Credits.of(3), CreditEntry.Type.ADJUSTED, manual(Optional.empty()), START));
            var holding = credits().hold(Credits.of("12.5"), START);
            assertSaved(holding.movement());
            assertSaved(credits().draw(Credits.of("18.5"), CreditEntry.Type.ADJUSTED, manual(Optional.empty()), START));
            assertSaved(new CreditAccount.Movement(credits().withLowNoticed(true), List.of(), List.of()));
            var settlement = credits().settle(holding.hold(), Credits.of(10), manual(Optional.empty()), START);
            assertSaved(settlement.movement());
            assertSaved(new CreditAccount.Movement(credits().withLowNoticed(false), List.of(), List.of()));
        });
    }

    @Test
    void what_an_overdraft_grew_by_and_was_repaid_comes_back() {
        grant(of("10"));
        save(new CreditAccount.Movement(credits().withOverdraftLimit(Credits.of(5)), List.of(), List.of()));
        var drawn =
                save(credits().draw(Credits.of("14.5"), CreditEntry.Type.ADJUSTED, manual(Optional.empty()), START));
        var repaid = granting(of("3"));
        save(repaid);

        assertThat(entries(EntryFilter.ALL).subList(0, 3))
                .containsExactly(repaid.entries().get(1), repaid.entries().get(0), drawn.get(0));
        assertThat(drawn.get(0).overdraftChange()).isEqualTo(Credits.of("4.5"));
        assertThat(entries(filter().type(CreditEntry.Type.REPAID).build()))
                .containsExactly(repaid.entries().get(1));
        assertThat(credits()).isEqualTo(repaid.account());
        assertThat(credits().overdraft()).isEqualTo(Credits.of("1.5"));
        assertThat(found(repaid.touched().get(0).id()))
                .map(CreditGrant::remaining)
                .contains(Credits.ZERO);
    }

    @Test
    void credits_that_return_come_back_and_a_spent_grant_is_loaded_again() {
        var grant = grant(of("5"));
        var drawn = save(credits().draw(Credits.of(5), CreditEntry.Type.ADJUSTED, manual(Optional.empty()), START));
        assertThat(credits().grants()).isEmpty();

        var refund = credits()
                .refund(drawn.get(0), List.of(found(grant.id()).orElseThrow()), manual(Optional.empty()), START);
        save(refund);

        assertThat(entries(filter().type(CreditEntry.Type.REFUNDED).build())).isEqualTo(refund.entries());
        assertThat(credits()).isEqualTo(refund.account());
        assertThat(credits().grants()).containsExactly(grant);
    }

    @Test
    void a_grant_that_rolls_over_comes_back() {
        var until = START.plus(Duration.ofDays(60));
        var grant =
                grant(of("5").expiring(START.plus(Duration.ofDays(30))).rollingOver(Credits.of("1.000000001"), until));

        assertThat(found(grant.id())).contains(grant);
        assertThat(credits().grants()).containsExactly(grant);
    }

    @Test
    void a_voided_grant_keeps_what_is_held() {
        var grant = grant(of("5"));

        inTenantThenUndone(tenant, () -> {
            assertSaved(credits().hold(Credits.of(2), START).movement());
            assertSaved(credits().voidGrant(grant.id(), manual(Optional.empty()), START));
            assertThat(credits().grants()).singleElement().satisfies(voided -> {
                assertThat(voided.voidedAt()).contains(START);
                assertThat(voided.held()).isEqualTo(Credits.of(2));
            });
        });
    }

    @Test
    void of_two_movements_from_the_same_state_the_second_is_impossible() {
        var first = granting(of("5"));
        var second = granting(of("7"));
        save(first);

        assertImpossible(() -> save(second));

        assertThat(credits()).isEqualTo(first.account());
        assertThat(entries(EntryFilter.ALL)).isEqualTo(first.entries());
    }

    @Test
    void an_entry_is_found_by_its_key_in_any_account_of_the_tenant() {
        var key = Fixtures.key();
        var movement = granting(of("5"), CreditEntry.Type.GRANTED, manual(Optional.of(key)));
        save(movement);

        assertThat(inTenant(tenant, () -> persistence.credits().findEntry(tenant, key)))
                .contains(movement.entries().get(0));
    }

    @Test
    void a_key_that_another_entry_of_the_tenant_has_is_refused() {
        var key = Fixtures.key();
        save(granting(of("5"), CreditEntry.Type.GRANTED, manual(Optional.of(key))));
        account = memberAccount();

        assertThatThrownBy(() -> save(granting(of("7"), CreditEntry.Type.GRANTED, manual(Optional.of(key)))))
                .isInstanceOf(IdempotencyKeyReused.class);

        assertThat(credits()).isEqualTo(CreditAccount.empty(tenant, account));
        assertThat(entries(EntryFilter.ALL)).isEmpty();
    }

    @Test
    void two_tenants_may_use_the_same_key() {
        var key = Fixtures.key();
        save(granting(of("5"), CreditEntry.Type.GRANTED, manual(Optional.of(key))));
        tenant = given.tenant().id();
        account = BillingAccount.idOf(tenant);

        save(granting(of("7"), CreditEntry.Type.GRANTED, manual(Optional.of(key))));

        assertThat(inTenant(tenant, () -> persistence.credits().findEntry(tenant, key)))
                .map(CreditEntry::amount)
                .contains(Credits.of(7));
    }

    @Test
    void grants_are_listed_newest_first() {
        var grants = new ArrayList<CreditGrant>();
        for (int i = 1; i <= 5; i++) {
            grants.add(grant(of("1").withPriority(i)));
            clock.advance(Duration.ofMinutes(1));
        }
        Collections.reverse(grants);
        var elsewhere = account;
        account = memberAccount();
        grant(of("1"));
        account = elsewhere;

        assertListing(
                grants,
                page -> inTenant(
                        tenant, () -> persistence.credits().listGrants(tenant, account, Optional.empty(), page)));
    }

    @Test
    void grants_that_expire_between_two_times_are_listed_while_they_hold_something() {
        var end = START.plus(Duration.ofDays(10));
        grant(of("1"));
        var before = grant(of("2").expiring(end.minusSeconds(1)));
        grant(of("3").expiring(end));
        var spent = grant(of("4").expiring(end.minusSeconds(2)));
        save(credits().voidGrant(spent.id(), manual(Optional.empty()), START));
        var alsoBefore = grant(of("5").expiring(end.minusSeconds(3)));

        assertThat(expiring(START, end)).containsExactly(alsoBefore, before);
        assertThat(expiring(START, end.minusSeconds(3))).isEmpty();
        // What has expired by then, written off or not, expires no more.
        assertThat(expiring(end.minusSeconds(3), end)).containsExactly(before);
        assertThat(expiring(end, end.plusSeconds(1))).isEmpty();
    }

    @Test
    void the_ledger_is_listed_newest_first() {
        for (int i = 1; i <= 12; i++) {
            grant(of(Integer.toString(i)));
        }

        var sequences =
                entries(EntryFilter.ALL).stream().map(CreditEntry::sequence).toList();

        assertThat(sequences)
                .isEqualTo(LongStream.iterate(12, n -> n - 1).limit(12).boxed().toList());
        assertListing(
                entries(EntryFilter.ALL),
                page -> inTenant(
                        tenant, () -> persistence.credits().listEntries(tenant, account, EntryFilter.ALL, page)));
    }

    @Test
    void entries_are_found_by_what_they_say() {
        var related = new RelatedEntity("meeting", "1");
        var bought = save(granting(new GrantTerms(
                        Credits.of(10),
                        GrantSource.PURCHASE,
                        Optional.of("order 1"),
                        0,
                        Optional.empty(),
                        Optional.of(START.plusSeconds(100)),
                        Optional.of("pi_1"),
                        Optional.empty(),
                        Document.EMPTY,
                        Optional.empty())))
                .get(0);
        var given2 = save(granting(GrantTerms.of(Credits.of(20), GrantSource.GIFT)
                        .from("order 1")
                        .expiring(START.plusSeconds(200))))
                .get(0);
        var drawn = save(credits()
                        .draw(
                                Credits.of(1),
                                CreditEntry.Type.ADJUSTED,
                                CreditReason.manual(
                                        Actor.system(), Optional.of(related), Optional.empty(), Optional.empty()),
                                START))
                .get(0);

        assertThat(entries(filter().type(CreditEntry.Type.ADJUSTED).build())).containsExactly(drawn);
        assertThat(entries(filter().type(CreditEntry.Type.GRANTED).build())).containsExactly(given2, bought);
        assertThat(entries(filter().source(GrantSource.GIFT).build())).containsExactly(given2);
        assertThat(entries(filter().sourceId("order 1").build())).containsExactly(given2, bought);
        assertThat(entries(filter().relatedTo(related).build())).containsExactly(drawn);
        assertThat(entries(filter().relatedTo(new RelatedEntity("meeting", "2")).build()))
                .isEmpty();
        assertThat(entries(filter().relatedTo(new RelatedEntity("call", "1")).build()))
                .isEmpty();
        assertThat(entries(filter().paymentReference("pi_1").build())).containsExactly(bought);
        assertThat(entries(filter().expiresBefore(START.plusSeconds(200)).build()))
                .containsExactly(bought);
        assertThat(entries(filter().expiresBefore(START.plusSeconds(201)).build()))
                .containsExactly(given2, bought);
        assertThat(entries(filter().sourceId("order 1")
                        .source(GrantSource.PURCHASE)
                        .build()))
                .containsExactly(bought);
        assertThat(entries(filter().type(CreditEntry.Type.VOIDED).build())).isEmpty();
    }

    @Test
    void filtered_entries_are_paged_as_well() {
        for (int i = 0; i < 5; i++) {
            grant(GrantTerms.of(Credits.of(1), GrantSource.GIFT));
            grant(GrantTerms.of(Credits.of(1), GrantSource.PURCHASE));
        }
        var gifts = filter().source(GrantSource.GIFT).build();

        assertThat(entries(gifts)).extracting(CreditEntry::sequence).containsExactly(9L, 7L, 5L, 3L, 1L);
        assertListing(
                entries(gifts),
                page -> inTenant(tenant, () -> persistence.credits().listEntries(tenant, account, gifts, page)));
    }

    @Test
    void an_account_that_does_not_exist_has_no_credits() {
        account = new AccountId(ids.next());
        var movement = granting(of("5"));

        assertImpossible(() -> save(movement));
        assertThat(found(movement.touched().get(0).id())).isEmpty();
    }

    @Test
    void another_tenant_neither_sees_nor_writes_credits() {
        var other = given.tenant().id();
        var key = Fixtures.key();
        var grant = granting(of("5"), CreditEntry.Type.GRANTED, manual(Optional.of(key)));
        save(grant);
        var never = credits().draw(Credits.of(5), CreditEntry.Type.ADJUSTED, manual(Optional.empty()), START);

        inTenant(other, () -> {
            assertThat(persistence.credits().find(tenant, account)).isEmpty();
            assertThat(persistence.credits().find(other, account)).isEmpty();
            assertThat(persistence
                            .credits()
                            .findGrant(tenant, grant.touched().get(0).id()))
                    .isEmpty();
            assertThat(persistence.credits().findEntry(tenant, key)).isEmpty();
            assertThat(persistence.credits().findEntry(other, key)).isEmpty();
            assertThat(persistence
                            .credits()
                            .listGrants(tenant, account, Optional.empty(), FIRST)
                            .items())
                    .isEmpty();
            assertThat(persistence
                            .credits()
                            .listEntries(tenant, account, EntryFilter.ALL, FIRST)
                            .items())
                    .isEmpty();
        });
        assertImpossible(() -> inTenant(other, () -> persistence.credits().save(never)));
        assertThat(credits()).isEqualTo(grant.account());
    }

    @Test
    void a_failed_unit_leaves_credits_as_they_were() {
        var grant = grant(of("5"));
        var before = credits();
        var key = Fixtures.key();

        inTenantThenUndone(tenant, () -> {
            var more = granting(of("9"), CreditEntry.Type.GRANTED, manual(Optional.of(key)));
            persistence.credits().save(more);
            persistence.credits().save(more.account().voidGrant(grant.id(), manual(Optional.empty()), START));
        });

        assertThat(credits()).isEqualTo(before);
        assertThat(found(grant.id())).contains(grant);
        assertThat(entries(EntryFilter.ALL)).hasSize(1);
        assertThat(inTenant(tenant, () -> persistence.credits().findEntry(tenant, key)))
                .isEmpty();
    }

    @Test
    void many_threads_that_grant_and_draw_lose_nothing() {
        grant(of("100"));

        var results = Together.run(8, thread -> {
            for (int i = 0; i < 5; i++) {
                allotment
                        .credits()
                        .adjust(
                                tenant,
                                account,
                                Fixtures.key(),
                                Actor.system(),
                                Credits.of(thread % 2 == 0 ? 3 : -2),
                                Optional.empty());
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(8);
        assertThat(credits().balance()).isEqualTo(Credits.of(100 + 20 * 3 - 20 * 2));
        assertThat(credits().lastSequence()).isEqualTo(41);
        assertThat(entries(EntryFilter.ALL))
                .extracting(CreditEntry::sequence)
                .hasSize(41)
                .doesNotHaveDuplicates();
    }

    @Test
    void many_threads_with_one_key_grant_once_and_get_the_same_grant() {
        var key = Fixtures.key();

        var results =
                Together.run(8, thread -> allotment.credits().grant(tenant, account, key, Actor.system(), of("10")));

        assertThat(Together.values(results))
                .hasSize(8)
                .containsOnly(Together.values(results).get(0));
        assertThat(credits().balance()).isEqualTo(Credits.of(10));
    }

    @Test
    void of_many_threads_that_use_one_key_on_different_accounts_one_wins_and_each_other_is_refused() {
        var key = Fixtures.key();
        var accounts = new ArrayList<AccountId>();
        for (int i = 0; i < 4; i++) {
            accounts.add(memberAccount());
        }

        var results = Together.run(
                accounts.size(),
                thread -> allotment.credits().grant(tenant, accounts.get(thread), key, Actor.system(), of("10")));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(accounts.size() - 1)
                .hasOnlyElementsOfType(IdempotencyKeyReused.class);
    }

    @Test
    void of_many_threads_that_draw_the_last_credits_one_wins() {
        grant(of("10"));

        var results = Together.run(
                8,
                thread -> allotment
                        .credits()
                        .adjust(tenant, account, Fixtures.key(), Actor.system(), Credits.of(-10), Optional.empty()));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(7)
                .hasOnlyElementsOfType(InsufficientCredits.class);
        assertThat(credits().balance()).isEqualTo(Credits.ZERO);
    }

    private static GrantTerms of(String amount) {
        return GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE);
    }

    private static CreditReason manual(Optional<IdempotencyKey> key) {
        return CreditReason.manual(Actor.system(), Optional.empty(), Optional.empty(), key);
    }

    private CreditGrant grant(GrantTerms terms) {
        var movement = granting(terms);
        save(movement);
        return movement.touched().get(0);
    }

    private CreditAccount.Movement granting(GrantTerms terms) {
        return granting(
                terms,
                CreditEntry.Type.GRANTED,
                CreditReason.about(terms, Actor.system(), Optional.empty(), Optional.empty()));
    }

    private CreditAccount.Movement granting(GrantTerms terms, CreditEntry.Type type, CreditReason reason) {
        var now = clock.instant();
        var grant = CreditGrant.of(tenant, new GrantId(ids.next()), account, terms, now);
        var present = inTenant(tenant, () -> persistence.credits().find(tenant, account))
                .orElseGet(() -> CreditAccount.empty(tenant, account));
        return present.grant(grant, type, reason, now);
    }

    private List<CreditEntry> save(CreditAccount.Movement movement) {
        inTenant(tenant, () -> persistence.credits().save(movement));
        return movement.entries();
    }

    private void assertSaved(CreditAccount.Movement movement) {
        save(movement);
        assertThat(credits()).isEqualTo(movement.account());
        movement.touched().forEach(grant -> assertThat(found(grant.id())).contains(grant));
    }

    private CreditAccount credits() {
        return inTenant(tenant, () -> persistence.credits().find(tenant, account))
                .orElseThrow();
    }

    private Optional<CreditGrant> found(GrantId grant) {
        return inTenant(tenant, () -> persistence.credits().findGrant(tenant, grant));
    }

    private List<CreditGrant> expiring(Instant after, Instant before) {
        var period = Optional.of(Period.between(after, before));
        return inTenant(tenant, () -> persistence.credits().listGrants(tenant, account, period, FIRST))
                .items();
    }

    private List<CreditEntry> entries(EntryFilter filter) {
        return inTenant(tenant, () -> persistence.credits().listEntries(tenant, account, filter, FIRST))
                .items();
    }

    private AccountId memberAccount() {
        var user = new UserId(ids.next());
        inTenant(tenant, () -> persistence.accounts().insert(BillingAccount.ofMember(tenant, user, START)));
        return BillingAccount.idOf(user);
    }

    private static Filter filter() {
        return new Filter();
    }

    /** Names what is wanted, for tests to read. */
    private static final class Filter {
        private Optional<CreditEntry.Type> type = Optional.empty();
        private Optional<GrantSource> source = Optional.empty();
        private Optional<String> sourceId = Optional.empty();
        private Optional<RelatedEntity> relatedTo = Optional.empty();
        private Optional<Instant> expiresBefore = Optional.empty();
        private Optional<String> paymentReference = Optional.empty();

        Filter type(CreditEntry.Type wanted) {
            type = Optional.of(wanted);
            return this;
        }

        Filter source(GrantSource wanted) {
            source = Optional.of(wanted);
            return this;
        }

        Filter sourceId(String wanted) {
            sourceId = Optional.of(wanted);
            return this;
        }

        Filter relatedTo(RelatedEntity wanted) {
            relatedTo = Optional.of(wanted);
            return this;
        }

        Filter expiresBefore(Instant wanted) {
            expiresBefore = Optional.of(wanted);
            return this;
        }

        Filter paymentReference(String wanted) {
            paymentReference = Optional.of(wanted);
            return this;
        }

        EntryFilter build() {
            return new EntryFilter(type, source, sourceId, relatedTo, expiresBefore, paymentReference);
        }
    }
}
