package io.allotment.testkit;

import static java.util.Objects.requireNonNull;

import io.allotment.Allotment;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.CreditPolicy;
import io.allotment.domain.subscription.PlanChange;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * What happens to a tenant's account over months, told step by step: {@code Story.of(tenant, allotment,
 * clock).subscribes(pro).passes(Period.ofDays(14)).is(ACTIVE).consumes(chat, "5")}. Each step happens at the clock's time;
 * a step that does not come out as it is told fails with an {@link AssertionError} that says when. Not thread-safe.
 */
public final class Story {

    private final Tenant tenant;
    private final Allotment allotment;
    private final TestClock clock;

    private Story(Tenant tenant, Allotment allotment, TestClock clock) {
        this.tenant = requireNonNull(tenant, "tenant");
        this.allotment = requireNonNull(allotment, "allotment");
        this.clock = requireNonNull(clock, "clock");
    }

    /** @param clock the one that {@code allotment} goes by */
    public static Story of(Tenant tenant, Allotment allotment, TestClock clock) {
        return new Story(tenant, allotment, clock);
    }

    public TenantId tenant() {
        return tenant.id();
    }

    /** The tenant's own account. */
    public AccountId account() {
        return BillingAccount.idOf(tenant.id());
    }

    public Story passes(Duration time) {
        clock.advance(time);
        return this;
    }

    /** So many days, months or years on the calendar of UTC. */
    public Story passes(Period time) {
        return reaches(clock.instant().atOffset(ZoneOffset.UTC).plus(time).toInstant());
    }

    public Story reaches(Instant time) {
        clock.set(time);
        return this;
    }

    /** What the jobs of a server do, for this account: all that time has made due. */
    public Story jobsRun() {
        allotment.upkeep().bringToTime(tenant(), account());
        return this;
    }

    public Story subscribes(PlanKey plan) {
        allotment.subscriptions().subscribe(tenant(), account(), choice(plan));
        return this;
    }

    /** The trial becomes paid, or a late payment comes. */
    public Story pays() {
        allotment.subscriptions().activate(tenant(), account());
        return this;
    }

    public Story paymentFails() {
        allotment.subscriptions().markPastDue(tenant(), account());
        return this;
    }

    public Story pauses() {
        allotment.subscriptions().pause(tenant(), account(), Optional.empty());
        return this;
    }

    public Story resumes() {
        allotment.subscriptions().resume(tenant(), account());
        return this;
    }

    public Story cancelsAtPeriodEnd() {
        allotment.subscriptions().cancel(tenant(), account(), true, Optional.of("told so"));
        return this;
    }

    public Story uncancels() {
        allotment.subscriptions().uncancel(tenant(), account());
        return this;
    }

    public Story reactivates() {
        allotment.subscriptions().reactivate(tenant(), account());
        return this;
    }

    public Story turnsAutoRenewOff() {
        allotment.subscriptions().setAutoRenew(tenant(), account(), false);
        return this;
    }

    /** What changing to the plan now would come to. */
    public PlanChange preview(PlanKey plan, CreditPolicy policy) {
        return allotment
                .subscriptions()
                .previewPlanChange(tenant(), account(), new SubscriptionService.Change(choice(plan), policy, false));
    }

    /** Changes to the plan now, which must come to what its preview said. */
    public Story changesTo(PlanKey plan, CreditPolicy policy) {
        var preview = preview(plan, policy);
        var change = allotment
                .subscriptions()
                .changePlan(tenant(), account(), new SubscriptionService.Change(choice(plan), policy, false));
        require(
                preview.granted().equals(change.granted())
                        && preview.clawedBack().equals(change.clawedBack())
                        && preview.chargeMinor() == change.chargeMinor()
                        && preview.beginsPeriod() == change.beginsPeriod(),
                "the change " + change + " is not what was previewed, " + preview);
        return this;
    }

    public Story changesAtPeriodEndTo(PlanKey plan) {
        allotment
                .subscriptions()
                .changePlan(tenant(), account(), new SubscriptionService.Change(choice(plan), CreditPolicy.KEEP, true));
        return this;
    }

    /** Buys credits that never expire. */
    public Story topsUp(long credits) {
        allotment
                .credits()
                .grant(
                        tenant(),
                        account(),
                        Fixtures.key(),
                        Actor.system(),
                        GrantTerms.of(Credits.of(credits), GrantSource.PURCHASE));
        return this;
    }

    /** Uses so much, which must be allowed. */
    public Story consumes(OperationKey operation, String quantity) {
        var decision = consume(operation, quantity);
        require(decision.allowed(), quantity + " of " + operation + " is denied: " + decision.denial());
        return this;
    }

    /** Asks for so much, which must be denied for that reason. */
    public Story isDenied(OperationKey operation, String quantity, Denial.Reason reason) {
        var denial = consume(operation, quantity).denial();
        require(
                denial.filter(no -> no.reason() == reason).isPresent(),
                quantity + " of " + operation + " is not denied for " + reason + ": " + denial);
        return this;
    }

    /** The subscription must be in this state. */
    public Story is(SubscriptionStatus status) {
        require(
                subscription().status() == status,
                "the subscription is " + subscription().status() + ", not " + status);
        return this;
    }

    /** So many credits must be there to spend. */
    public Story has(String credits) {
        var available = allotment.credits().balance(tenant(), account()).available();
        require(available.equals(Credits.of(credits)), available + " credits are available, not " + credits);
        return this;
    }

    public Subscription subscription() {
        return allotment.subscriptions().get(tenant(), account());
    }

    private Decision consume(OperationKey operation, String quantity) {
        var charge = Charge.of(operation, Quantity.of(quantity)).on(account());
        return allotment.gate().consume(tenant(), Fixtures.key(), charge).decision();
    }

    private static SubscriptionService.Choice choice(PlanKey plan) {
        return new SubscriptionService.Choice(plan, Optional.empty(), Optional.empty(), Document.EMPTY);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError("At " + clock.instant() + " " + otherwise);
        }
    }
}
