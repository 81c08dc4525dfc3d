package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The customers of an imagined AI product, what it sells, and what they have of it: enough that most calls pass, and that
 * every reason to deny one occurs.
 */
final class DemoWorld {

    /** The quotas and grants below are meant for so many calls, and grow with them. */
    static final int USUAL_CALLS = 4_000;

    private final Allotment allotment;
    private final int calls;
    private final List<Customer> customers = new ArrayList<>();

    /**
     * Somebody who calls.
     *
     * @param plan the plan's name, or why there is none
     * @param share of the calls, in percent
     */
    record Customer(String name, String plan, TenantId tenant, Actor person, int share) {

        AccountId account() {
            return BillingAccount.idOf(tenant);
        }
    }

    DemoWorld(Allotment allotment, int calls) {
        this.allotment = allotment;
        this.calls = calls;
    }

    /** Makes everything, in an empty database. */
    List<Customer> make() {
        makeFeaturesAndOperations();
        makePlans();

        var northwind = subscribed("Northwind Publishing", "business", 30);
        grant(northwind, GrantSource.GIFT, 150, 10, Duration.ofDays(14));
        grant(northwind, GrantSource.PURCHASE, 3_000, 200);
        var lakeside = subscribed("Lakeside Clinic", "business", 20);
        grant(lakeside, GrantSource.GIFT, 100, 10, Duration.ofDays(14));
        grant(lakeside, GrantSource.PURCHASE, 1_500, 200);
        var harbor = subscribed("Harbor Legal", "team", 15);
        grant(harbor, GrantSource.PURCHASE, 200, 150, Duration.ofDays(90));
        var maple = subscribed("Maple Street School", "starter", 15);
        grant(maple, GrantSource.ADJUSTMENT, 120, 50);
        var blueKite = subscribed("Blue Kite Studio", "team", 14);
        grant(blueKite, GrantSource.GIFT, 100, 10, Duration.ofDays(30));
        grant(blueKite, GrantSource.PURCHASE, 1_000, 200);

        // Three who get nothing, each for another reason.
        var orchard = subscribed("Orchard Radio", "team", 2);
        allotment.subscriptions().pause(orchard.tenant(), orchard.account(), Optional.empty());
        customer("Willow Labs", "(none)", 2);
        var tinker = subscribed("Tinker & Daughters", "starter", 2);
        allotment.tenants().suspend(tinker.tenant());
        return List.copyOf(customers);
    }

    private void makeFeaturesAndOperations() {
        metered("chat_turns", "Chat turns", "turn");
        metered("transcription_minutes", "Transcription", "minute");
        metered("meeting_minutes", "Meetings", "minute");
        metered("image_renders", "Images", "image");

        operation(Operation.of("chat.turn", "chat", Credits.of("0.5")).drawing("chat_turns"));
        operation(Operation.of("transcribe.minute", "transcription", Credits.of("0.8"))
                .drawing("transcription_minutes"));
        operation(Operation.of("meeting.minute", "meetings", Credits.of("0.3")).drawing("meeting_minutes"));
        operation(Operation.of("image.render", "images", Credits.of(4)).drawing("image_renders"));
        operation(Operation.of("summarize.page", "documents", Credits.of("0.2")));
        allotment.access().createPermission(new PermissionKey("report:export"), Optional.of("Export reports"));
        operation(Operation.of("report.export", "documents", Credits.of(2)).needing("report:export"));
        operation(Operation.of("chat.legacy", "chat", Credits.of("0.4")).active(false));
    }

    private void makePlans() {
        plan(
                "starter",
                "Starter",
                terms(250)
                        .with("chat_turns", quota(200, Quota.Overage.BLOCK, 0))
                        .with("transcription_minutes", quota(300, Quota.Overage.BLOCK, 10)));
        plan(
                "team",
                "Team",
                terms(800)
                        .with("chat_turns", quota(250, Quota.Overage.ALLOW, 0))
                        .with("transcription_minutes", quota(400, Quota.Overage.DRAW_CREDITS, 0))
                        .with("meeting_minutes", quota(1_500, Quota.Overage.BLOCK, 20))
                        .with("image_renders", quota(60, Quota.Overage.BLOCK, 0)));
        plan(
                "business",
                "Business",
                terms(2_000)
                        .with(
                                "chat_turns",
                                new Quota(
                                        Optional.empty(),
                                        Quota.Reset.BILLING_CYCLE,
                                        Optional.empty(),
                                        Quota.Overage.ALLOW,
                                        0))
                        .with("transcription_minutes", quota(900, Quota.Overage.BILL, 0))
                        .with("meeting_minutes", quota(3_000, Quota.Overage.BILL, 0))
                        .with("image_renders", quota(300, Quota.Overage.ALLOW, 0)));
    }

    private void metered(String key, String name, String unit) {
        allotment.catalog().create(Feature.consumed(key, name, unit));
    }

    private void operation(Operation operation) {
        allotment.catalog().create(operation);
    }

    private void plan(String key, String name, PlanVersionTerms terms) {
        allotment.catalog().create(Plan.of(key, name), terms);
    }

    private PlanVersionTerms terms(long includedCredits) {
        return PlanVersionTerms.empty().including(Credits.of(scaled(includedCredits)));
    }

    private Quota quota(long limit, Quota.Overage overage, int gracePercent) {
        return new Quota(
                Optional.of(Quantity.of(scaled(limit))),
                Quota.Reset.BILLING_CYCLE,
                Optional.empty(),
                overage,
                gracePercent);
    }

    private Customer subscribed(String name, String plan, int share) {
        var customer = customer(name, plan, share);
        allotment.subscriptions().subscribe(customer.tenant(), customer.account(), SubscriptionService.Choice.of(plan));
        return customer;
    }

    private Customer customer(String name, String plan, int share) {
        var slug = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        var tenant = allotment.tenants().create(TenantProfile.of(name, slug)).id();
        var person = allotment.users().create(new Email("ada@" + slug + ".example"), "Ada of " + name);
        allotment.members().add(tenant, person.id(), "Ada", SystemRole.MEMBER.key());
        var customer = new Customer(name, plan, tenant, Actor.user(person.id()), share);
        customers.add(customer);
        return customer;
    }

    private void grant(Customer customer, GrantSource source, long amount, int priority) {
        grant(customer, GrantTerms.of(Credits.of(scaled(amount)), source).withPriority(priority));
    }

    private void grant(Customer customer, GrantSource source, long amount, int priority, Duration lasting) {
        grant(
                customer,
                GrantTerms.of(Credits.of(scaled(amount)), source)
                        .withPriority(priority)
                        .expiring(allotment.clock().instant().plus(lasting)));
    }

    private void grant(Customer customer, GrantTerms terms) {
        var key = new IdempotencyKey("demo-grant-" + terms.source());
        allotment.credits().grant(customer.tenant(), customer.account(), key, Actor.system(), terms);
    }

    private long scaled(long amount) {
        return Math.max(1, amount * calls / USUAL_CALLS);
    }
}
