package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditBalance;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaStanding;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;

/** What the gate's suites share: a tenant with a hundred credits, and an operation that costs one and draws a daily quota of fifty. */
abstract class GateContract extends PersistenceContract {

    static final PageRequest FIRST = PageRequest.first(200);
    static final Duration LEASE = Duration.ofMinutes(10);

    Tenant tenant;
    AccountId account;
    FeatureKey feature;
    OperationKey minute;
    OperationKey free;
    /** Costs one credit and draws no quota. */
    OperationKey credit;

    @BeforeEach
    void a_tenant_with_credits_and_a_quota() {
        feature = given.feature();
        minute = given.operation("1", feature);
        free = given.operation("0", feature);
        credit = given.operation("1");
        on(given.tenantOn(PlanVersionTerms.empty().with(feature.value(), daily(50))));
        given.grant(tenant, 100);
    }

    /** From now on it is about this tenant. */
    void on(Tenant other) {
        tenant = other;
        account = Fixtures.accountOf(other);
    }

    // ---- asking

    Decision consume(Charge charge) {
        return allotment.gate().consume(tenant.id(), Fixtures.key(), charge).decision();
    }

    Decision consumed(Charge charge) {
        var decision = consume(charge);
        assertThat(decision.denial()).isEmpty();
        return decision;
    }

    Decision reserve(Charge charge) {
        return reserve(charge, LEASE);
    }

    Decision reserve(Charge charge, Duration lease) {
        return allotment
                .gate()
                .reserve(tenant.id(), Fixtures.key(), charge, lease)
                .decision();
    }

    ReservationId reserved(Charge charge) {
        return reserve(charge).reservation().orElseThrow();
    }

    Decision renew(ReservationId reservation, Duration lease) {
        return allotment
                .gate()
                .renew(tenant.id(), Fixtures.key(), reservation, lease)
                .decision();
    }

    /** With what of one operation was used. */
    Decision settle(ReservationId reservation, OperationKey operation, String quantity) {
        return settle(reservation, new Charge.Line(operation, Quantity.of(quantity)));
    }

    Decision settle(ReservationId reservation, Charge.Line... used) {
        return allotment
                .gate()
                .settle(tenant.id(), Fixtures.key(), reservation, List.of(used))
                .decision();
    }

    Decision release(ReservationId reservation) {
        return allotment
                .gate()
                .release(tenant.id(), Fixtures.key(), reservation)
                .decision();
    }

    Decision refund(Decision charged) {
        return refund(charged, Fixtures.key()).decision();
    }

    Outcome.Answer refund(Decision charged, IdempotencyKey key) {
        return allotment.gate().refund(tenant.id(), key, charged.id(), Actor.system(), "by mistake");
    }

    static GateRequest.Deallocate deallocate(FeatureKey feature, String type, String id) {
        return new GateRequest.Deallocate(
                Optional.empty(), Actor.system(), feature, new RelatedEntity(type, id), Optional.empty());
    }

    GateCall call(TenantId of, IdempotencyKey key, GateRequest request) {
        return new GateCall(new DecisionId(ids.next()), of, Optional.of(key), request);
    }

    GateCall consuming(TenantId of, IdempotencyKey key, Charge charge) {
        return call(of, key, new GateRequest.Consume(charge));
    }

    /** Decides calls of any kind in one batch. */
    List<Outcome> decided(GateCall... calls) {
        var batch = List.of(calls);
        return persistence
                .gate()
                .decide(
                        batch,
                        clock.instant(),
                        state -> Gate.decide(state, definitions(state), batch, clock.instant()));
    }

    // ---- looking

    /** What an outcome was, in a word. */
    static String told(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            return refused.refusal().code();
        }
        var answer = (Outcome.Answer) outcome;
        if (answer.replayed()) {
            return "replayed";
        }
        return answer.decision().denial().map(denial -> denial.reason().name()).orElse("allowed");
    }

    <T> T inTenant(Supplier<T> work) {
        return inTenant(tenant.id(), work);
    }

    Optional<Decision> found(Decision decision) {
        return inTenant(() -> persistence.gate().find(tenant.id(), decision.id()));
    }

    /** The credits as they are stored: what is overdue may still be held. */
    CreditAccount credits() {
        return inTenant(() -> persistence.credits().find(tenant.id(), account)).orElseThrow();
    }

    /** The credits as they are now. */
    CreditBalance balance() {
        return allotment.credits().balance(tenant.id(), account);
    }

    Credits balance(Tenant of) {
        return allotment.credits().balance(of.id(), Fixtures.accountOf(of)).balance();
    }

    Optional<CreditGrant> found(CreditGrant grant) {
        return inTenant(() -> persistence.credits().findGrant(tenant.id(), grant.id()));
    }

    List<CreditEntry> entries() {
        return inTenant(() -> persistence.credits().listEntries(tenant.id(), account, EntryFilter.ALL, FIRST))
                .items();
    }

    /** The ledger in short, newest first. */
    List<String> ledger() {
        return entries().stream()
                .map(entry -> entry.type() + " " + entry.amount() + " -> " + entry.balanceAfter())
                .toList();
    }

    /** The counters as they are stored. */
    List<QuotaCounter> counters() {
        return inTenant(() -> persistence.quotas().list(tenant.id(), account));
    }

    /** The quota as it is now. */
    QuotaStanding quota() {
        return allotment.quotas().list(tenant.id(), account).stream()
                .filter(standing -> standing.feature().equals(feature))
                .findFirst()
                .orElseThrow();
    }

    List<QuotaChange> history() {
        return history(feature);
    }

    List<QuotaChange> history(FeatureKey of) {
        return inTenant(() -> persistence.quotas().history(tenant.id(), account, of, FIRST))
                .items();
    }

    List<UsageEvent> events() {
        return inTenant(() -> persistence.usage().list(tenant.id(), UsageFilter.ALL, FIRST))
                .items();
    }

    Optional<UsageEvent> event(Decision decision) {
        return inTenant(() -> persistence.usage().find(tenant.id(), decision.id()));
    }

    /** The reservation as it is stored. */
    Reservation stored(ReservationId id) {
        return inTenant(() -> persistence.reservations().find(tenant.id(), id)).orElseThrow();
    }

    List<Allocation> allocations(FeatureKey of) {
        return allotment.quotas().allocations(tenant.id(), account, of, FIRST).items();
    }

    List<SpendLimit> spendLimits() {
        return inTenant(() -> persistence.spendLimits().list(tenant.id(), FIRST))
                .items();
    }

    List<Notice> notices() {
        return allotment.outbox().list(tenant.id(), FIRST).items();
    }

    /** Everything that the gate changes of the account. */
    List<Object> everything() {
        return inTenant(() -> List.of(
                credits(),
                entries(),
                counters(),
                history(),
                events(),
                persistence.subscriptions().findCurrent(tenant.id(), account),
                persistence
                        .reservations()
                        .list(tenant.id(), account, Optional.empty(), FIRST)
                        .items(),
                spendLimits(),
                persistence.outbox().list(tenant.id(), FIRST).items()));
    }

    /** All promises hold for the tenant's stored rows. */
    void assertSound() {
        assertThat(allotment.gate().verify().violations())
                .filteredOn(violation -> violation.tenantId().equals(Optional.of(tenant.id())))
                .isEmpty();
    }

    void assertRefused(Class<? extends RuntimeException> as, String field, Charge charge) {
        assertThatThrownBy(() -> allotment.gate().consume(tenant.id(), Fixtures.key(), charge))
                .isInstanceOf(as)
                .extracting(refusal -> ((Refusal) refusal).field())
                .isEqualTo(Optional.of(field));
    }

    // ---- terms

    static Quota daily(long limit) {
        return new Quota(
                Optional.of(Quantity.of(limit)), Quota.Reset.CALENDAR_DAY, Optional.empty(), Quota.Overage.BLOCK, 0);
    }

    static Quota monthly(long limit, Quota.Overage overage) {
        return new Quota(Optional.of(Quantity.of(limit)), Quota.Reset.CALENDAR_MONTH, Optional.empty(), overage, 0);
    }

    static Quota forever(long limit) {
        return new Quota(Optional.of(Quantity.of(limit)), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);
    }

    static GrantTerms purchase(long amount) {
        return GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE);
    }

    static Charge of(OperationKey operation, String quantity) {
        return Charge.of(operation, Quantity.of(quantity));
    }

    /** Members' accounts with ten credits each. */
    List<AccountId> accountsWithCredits(int number) {
        var accounts = new ArrayList<AccountId>();
        for (int i = 0; i < number; i++) {
            var own = given.memberAccount(tenant, given.member(tenant), PlanVersionTerms.empty());
            given.grant(tenant, own, purchase(10));
            accounts.add(own);
        }
        return accounts;
    }

    Credits balance(AccountId of) {
        return allotment.credits().balance(tenant.id(), of).balance();
    }
}
