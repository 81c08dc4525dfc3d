package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.billing.BillingService;
import io.allotment.application.billing.CustomerErasureService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditLog;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.subscription.BillingAccounts;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is erased here is erased at the gateway, later where it is away. */
public abstract class CustomerErasuresContract extends PersistenceContract {

    private TestGateway gateway;
    private Allotment billed;

    @BeforeEach
    void a_gateway() {
        gateway = new TestGateway("c" + Fixtures.word().toLowerCase(Locale.ROOT), clock);
        billed = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .payments(gateway)
                .build();
    }

    private String customerOf(TenantId tenant, AccountId account) {
        var id = "cus-" + Fixtures.word();
        inTenant(
                tenant,
                () -> persistence
                        .gatewayDirectory()
                        .put(new GatewayName(
                                gateway.name(), GatewayName.Kind.CUSTOMER, id, tenant, account, Optional.empty())));
        inTenant(
                tenant,
                () -> persistence
                        .gatewayDirectory()
                        .put(new GatewayName(
                                gateway.name(),
                                GatewayName.Kind.INVOICE,
                                "in-" + id,
                                tenant,
                                account,
                                Optional.empty())));
        return id;
    }

    private List<CustomerErasure> due() {
        return inPlatform(() -> persistence.customerErasures().due(gateway.name(), clock.instant(), 10));
    }

    @Test
    void a_person_is_erased_at_the_gateway_in_every_tenant_and_in_their_own() {
        var ada = billed.users().create(new Email(Fixtures.word() + "@example.org"), "Ada");
        var one = given.tenant();
        var other = given.tenant();
        for (var tenant : List.of(one, other)) {
            given.member(tenant, SystemRole.OWNER);
            billed.members().add(tenant.id(), ada.id(), "Ada", SystemRole.MEMBER.key());
        }
        var here = customerOf(
                one.id(),
                billed.subscriptions().openMemberAccount(one.id(), ada.id()).id());
        var there = customerOf(
                other.id(),
                billed.subscriptions().openMemberAccount(other.id(), ada.id()).id());
        // Who has left has an account still.
        billed.members().remove(other.id(), ada.id());
        var own = billed.tenants().createPersonal(ada.id());
        var theirs = customerOf(own.id(), Fixtures.accountOf(own));
        customerOf(one.id(), Fixtures.accountOf(one));

        assertThat(billed.personalData().erase(ada.id()).customers()).isEqualTo(3);
        assertThat(gateway.erased()).as("nobody waits for the gateway").isEmpty();
        assertThat(billed.customerErasures().eraseDue().done()).isEqualTo(3);

        assertThat(gateway.erased()).containsExactlyInAnyOrder(here, there, theirs);
        assertThat(due()).isEmpty();
        assertThat(billed.audit()
                        .listPlatform(AuditFilter.ALL, PageRequest.first(PageRequest.MAX_LIMIT))
                        .items())
                .filteredOn(entry -> entry.event().action().equals("customer.erased"))
                .extracting(entry -> entry.event().entityId())
                .contains(here, there, theirs);
    }

    @Test
    void all_customers_of_a_tenant_that_is_deleted_are_erased() {
        var tenant = given.tenant();
        var member = given.member(tenant);
        var customers = List.of(
                customerOf(tenant.id(), Fixtures.accountOf(tenant)),
                customerOf(
                        tenant.id(),
                        billed.subscriptions()
                                .openMemberAccount(tenant.id(), member)
                                .id()));

        billed.tenants().delete(tenant.id());
        billed.customerErasures().eraseDue();

        assertThat(gateway.erased()).containsExactlyInAnyOrderElementsOf(customers);
    }

    @Test
    void a_gateway_that_is_away_keeps_nobody_from_being_erased_and_is_asked_until_it_is_back() {
        var tenant = given.tenant();
        var customer = customerOf(tenant.id(), Fixtures.accountOf(tenant));
        gateway.isAway(true);

        billed.tenants().delete(tenant.id());
        var portion = billed.customerErasures().eraseDue();
        assertThat(portion.failed()).isEqualTo(1);
        assertThat(billed.deadLetters().failing()).containsKey(CustomerErasureService.JOB);
        assertThat(due()).as("not again at once").isEmpty();
        for (int day = 0; day < 60; day++) {
            clock.advance(Duration.ofDays(1));
            billed.customerErasures().eraseDue();
        }
        clock.advance(Duration.ofHours(1));
        assertThat(due()).singleElement().satisfies(order -> {
            assertThat(order.customerId()).isEqualTo(customer);
            assertThat(order.attempts()).isEqualTo(61);
            assertThat(order.problem()).isPresent();
        });

        gateway.isAway(false);
        assertThat(billed.customerErasures().eraseDue().done()).isEqualTo(1);
        assertThat(gateway.erased()).containsExactly(customer);
        assertThat(due()).isEmpty();
    }

    @Test
    void nothing_can_be_paid_for_an_erased_person_any_more_and_others_pay_on() {
        var tenant = given.tenant();
        var plan = given.plan(BilledContract.terms(100));
        given.member(tenant, SystemRole.OWNER);
        var member = given.member(tenant);
        var account =
                billed.subscriptions().openMemberAccount(tenant.id(), member).id();
        var purchase = bought(tenant.id(), account);
        var paid = bought(tenant.id(), account);
        billed.creditPurchases().paid(tenant.id(), account, paid.id(), "bank 17");
        var unopened = billed.creditPurchases().order(tenant.id(), account, purchase.product());
        var choice = BillingService.Choice.of(plan.plan().value());
        var order = billed.billing().order(tenant.id(), account, choice, BillingService.Way.PLAIN);
        billed.billing().checkout(tenant.id(), account, order, choice, BillingService.Way.PLAIN);
        var others = bought(tenant.id(), Fixtures.accountOf(tenant));

        billed.personalData().erase(member);

        for (var given : List.of(purchase, unopened)) {
            var stored = billed.creditPurchases().get(tenant.id(), account, given.id());
            assertThat(stored.statusAt(clock.instant())).isEqualTo(CreditPurchase.Status.CANCELED);
            assertThat(stored.checkout().flatMap(Checkout::url)).isEmpty();
        }
        assertThat(billed.audit()
                        .list(tenant.id(), AuditFilter.ALL, PageRequest.first(200))
                        .items())
                .extracting(
                        entry -> entry.event().action() + " " + entry.event().entityId())
                .contains(
                        "credit-purchase.canceled " + purchase.id(),
                        "credit-purchase.canceled " + unopened.id(),
                        "checkout.canceled " + order)
                .doesNotContain("credit-purchase.canceled " + paid.id(), "credit-purchase.canceled " + others.id());
        assertThat(isClosed("buy-" + purchase.id()))
                .as("nobody waits for the gateway")
                .isFalse();
        billed.customerErasures().eraseDue();
        assertThat(isClosed("buy-" + purchase.id())).isTrue();
        assertThat(isClosed("subscribe-" + order)).isTrue();
        assertThat(isClosed("buy-" + others.id())).isFalse();
        assertThat(billed.creditPurchases()
                        .get(tenant.id(), Fixtures.accountOf(tenant), others.id())
                        .statusAt(clock.instant()))
                .isEqualTo(CreditPurchase.Status.PENDING);
    }

    @Test
    void what_opens_while_its_buyer_is_erased_or_its_tenant_deleted_is_closed() {
        var tenant = given.tenant();
        given.member(tenant, SystemRole.OWNER);
        var member = given.member(tenant);
        var account =
                billed.subscriptions().openMemberAccount(tenant.id(), member).id();
        var first = bought(tenant.id(), account);
        gateway.meanwhile(() -> {
            billed.personalData().erase(member);
            billed.customerErasures().eraseDue();
            gateway.isAway(true);
        });
        var late = bought(tenant.id(), account);
        assertThat(late.statusAt(clock.instant())).isEqualTo(CreditPurchase.Status.CANCELED);
        gateway.isAway(false);
        billed.checkoutClosing().closeDue();
        assertThat(isClosed("buy-" + first.id())).isTrue();
        assertThat(isClosed("buy-" + late.id())).isTrue();

        var ordered = billed.creditPurchases().order(tenant.id(), Fixtures.accountOf(tenant), first.product());
        gateway.meanwhile(() -> {
            billed.tenants().delete(tenant.id());
            billed.customerErasures().eraseDue();
        });
        assertThatThrownBy(
                        () -> billed.creditPurchases().checkout(tenant.id(), Fixtures.accountOf(tenant), ordered.id()))
                .isInstanceOf(NotFound.class);
        billed.customerErasures().eraseDue();
        assertThat(isClosed("buy-" + ordered.id())).isTrue();
        assertThat(due()).isEmpty();
    }

    @Test
    void what_waits_to_be_paid_in_a_person_s_own_tenant_is_given_up_with_them() {
        var ada = billed.users().create(new Email(Fixtures.word() + "@example.org"), "Ada");
        var own = billed.tenants().createPersonal(ada.id());
        var purchase = bought(own.id(), Fixtures.accountOf(own));

        billed.personalData().erase(ada.id());
        billed.customerErasures().eraseDue();

        assertThat(billed.creditPurchases()
                        .get(own.id(), Fixtures.accountOf(own), purchase.id())
                        .statusAt(clock.instant()))
                .isEqualTo(CreditPurchase.Status.CANCELED);
        assertThat(billed.creditPurchases()
                        .get(own.id(), Fixtures.accountOf(own), purchase.id())
                        .checkout()
                        .flatMap(Checkout::url))
                .isEmpty();
        assertThat(isClosed("buy-" + purchase.id())).isTrue();
    }

    @Test
    void a_checkout_that_was_to_be_canceled_before_is_recorded_once() {
        var tenant = given.tenant();
        var plan = given.plan(BilledContract.terms(100));
        given.member(tenant, SystemRole.OWNER);
        var member = given.member(tenant);
        var account =
                billed.subscriptions().openMemberAccount(tenant.id(), member).id();
        var choice = BillingService.Choice.of(plan.plan().value());
        var order = billed.billing().order(tenant.id(), account, choice, BillingService.Way.PLAIN);
        billed.billing().checkout(tenant.id(), account, order, choice, BillingService.Way.PLAIN);
        gateway.isAway(true);
        assertThatThrownBy(() -> billed.billing().cancelCheckout(tenant.id(), account, order))
                .isInstanceOf(Unavailable.class);

        billed.personalData().erase(member);

        assertThat(billed.audit()
                        .list(tenant.id(), AuditFilter.ALL, PageRequest.first(200))
                        .items())
                .filteredOn(entry -> entry.event().action().equals("checkout.canceled"))
                .hasSize(1);
    }

    /** As everybody does: who holds an account may wait for a log, and nobody who holds a log for an account. */
    @Test
    void erasing_locks_all_accounts_before_any_log_and_both_in_the_order_of_their_tenants() {
        var ada = billed.users().create(new Email(Fixtures.word() + "@example.org"), "Ada");
        var product = billed.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
        var before = given.tenant();
        var own = billed.tenants().createPersonal(ada.id());
        var after = given.tenant();
        for (var tenant : List.of(before, after)) {
            given.member(tenant, SystemRole.OWNER);
            billed.members().add(tenant.id(), ada.id(), "Ada", SystemRole.MEMBER.key());
            var account = billed.subscriptions().openMemberAccount(tenant.id(), ada.id());
            billed.creditPurchases().order(tenant.id(), account.id(), product.key());
        }
        billed.creditPurchases().order(own.id(), Fixtures.accountOf(own), product.key());
        var tenants = Stream.of(before, own, after).map(Tenant::id).toList();
        var locked = new ArrayList<String>();
        var watched = proxy(Persistence.class, (proxy, method, arguments) -> {
            var port = method.invoke(persistence, arguments);
            return switch (method.getName()) {
                case "accounts" -> noting(BillingAccounts.class, port, "lock", locked);
                case "audit" -> noting(AuditLog.class, port, "lockHead", locked);
                default -> port;
            };
        });

        Allotment.with(watched)
                .clock(clock)
                .ids(ids)
                .payments(gateway)
                .build()
                .personalData()
                .erase(ada.id());

        var accounts = tenants.stream().map(tenant -> "lock " + tenant);
        // Who left, and what they could have paid: in one's own tenant, too.
        var logs = tenants.stream().map(tenant -> "lockHead " + Optional.of(tenant));
        assertThat(locked.stream().distinct())
                .containsExactlyElementsOf(Stream.of(accounts, logs, Stream.of("lockHead " + Optional.empty()))
                        .flatMap(Function.identity())
                        .toList());
        assertThat(locked.lastIndexOf("lock " + tenants.get(2))).isEqualTo(2);
    }

    private static <T> T noting(Class<T> port, Object answers, String name, List<String> calls) {
        return proxy(port, (proxy, method, arguments) -> {
            if (method.getName().equals(name)) {
                calls.add(name + " " + arguments[0]);
            }
            return method.invoke(answers, arguments);
        });
    }

    private CreditPurchase bought(TenantId tenant, AccountId account) {
        var product = billed.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
        return billed.creditPurchases().buy(tenant, account, product.key());
    }

    private boolean isClosed(String checkoutId) {
        return gateway.fetch(GatewayObject.Kind.CHECKOUT, checkoutId)
                .filter(GatewayObject::isFinal)
                .isPresent();
    }

    @Test
    void whoever_is_no_operator_has_nobody_erased() {
        var member = given.member(given.tenant());

        assertThatThrownBy(() -> billed.as(Caller.user(member, Origin.HERE))
                        .customerErasures()
                        .eraseDue())
                .isInstanceOf(Forbidden.class);
    }

    @Test
    void who_is_erased_while_the_gateway_gets_to_know_them_is_erased_there_too() {
        var tenant = given.tenant();
        given.member(tenant, SystemRole.OWNER);
        var member = given.member(tenant);
        var account =
                billed.subscriptions().openMemberAccount(tenant.id(), member).id();
        var product = billed.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));

        meanwhile(() -> billed.personalData().erase(member)).creditPurchases().buy(tenant.id(), account, product.key());

        assertThat(due()).extracting(CustomerErasure::customerId).containsExactly("customer-" + account);
        billed.customerErasures().eraseDue();
        assertThatThrownBy(() -> meanwhile(() -> billed.tenants().delete(tenant.id()))
                        .billing()
                        .portal(tenant.id(), Fixtures.accountOf(tenant), Optional.empty()))
                .isInstanceOf(NotFound.class);
        assertThat(due()).extracting(CustomerErasure::customerId).contains("customer-" + Fixtures.accountOf(tenant));
    }

    @Test
    void the_name_of_a_person_s_own_tenant_goes_too_where_they_are_erased_meanwhile() {
        var ada = billed.users().create(new Email(Fixtures.word() + "@example.org"), "Ada");
        var own = billed.tenants().createPersonal(ada.id());

        meanwhile(() -> billed.personalData().erase(ada.id()))
                .billing()
                .portal(own.id(), Fixtures.accountOf(own), Optional.empty());

        assertThat(due())
                .extracting(CustomerErasure::customerId)
                .containsExactly("customer-" + Fixtures.accountOf(own));
    }

    @Test
    void a_tenant_that_changes_meanwhile_has_nobody_erased() {
        var tenant = given.tenant();

        meanwhile(() -> billed.tenants().suspend(tenant.id()))
                .billing()
                .portal(tenant.id(), Fixtures.accountOf(tenant), Optional.empty());

        assertThat(due()).isEmpty();
    }

    @Test
    void who_gets_to_be_known_while_they_are_being_erased_is_erased_there_too() {
        var tenant = given.tenant();
        given.member(tenant, SystemRole.OWNER);
        var member = given.member(tenant);
        var account =
                billed.subscriptions().openMemberAccount(tenant.id(), member).id();
        var race = new Race(slow -> slow.personalData().erase(member));

        race.run(known -> known.billing().portal(tenant.id(), account, Optional.empty()));

        assertThat(due()).extracting(CustomerErasure::customerId).containsExactly("customer-" + account);
    }

    @Test
    void an_account_that_gets_to_be_known_while_its_tenant_is_being_deleted_is_erased_there_too() {
        var tenant = given.tenant();
        var account = Fixtures.accountOf(tenant);
        var race = new Race(slow -> slow.tenants().delete(tenant.id()));

        assertThatThrownBy(() -> race.run(known -> known.billing().portal(tenant.id(), account, Optional.empty())))
                .isInstanceOf(NotFound.class);

        assertThat(due()).extracting(CustomerErasure::customerId).containsExactly("customer-" + account);
    }

    /** An erasure that has ordered what it knows of, and is not done before the new customer is to be written down. */
    private final class Race {
        private final CountDownLatch ordered = new CountDownLatch(1);
        private final CountDownLatch wanted = new CountDownLatch(1);
        private final AtomicBoolean asked = new AtomicBoolean();
        private final Consumer<Allotment> erasing;
        private CompletableFuture<Void> erasure;

        Race(Consumer<Allotment> erasing) {
            this.erasing = erasing;
        }

        void run(Consumer<Allotment> introducing) {
            var known = over(watched(port -> {
                if (erasure != null && port.equals("unitOfWork")) {
                    wanted.countDown();
                }
            }));
            try {
                introducing.accept(known.payments(slow(this::begin)).build());
            } finally {
                erasure.join();
            }
        }

        private void begin() {
            var slow = over(watched(port -> {
                        if (asked.get()) {
                            ordered.countDown();
                            Together.await(wanted);
                        }
                        asked.compareAndSet(false, port.equals("customerErasures"));
                    }))
                    .payments(gateway)
                    .build();
            erasure = CompletableFuture.runAsync(() -> erasing.accept(slow));
            Together.await(ordered);
        }

        private Allotment.Builder over(Persistence watched) {
            return Allotment.with(watched).clock(clock).ids(ids);
        }

        private Persistence watched(Consumer<String> asking) {
            return proxy(Persistence.class, (proxy, method, arguments) -> {
                asking.accept(method.getName());
                return method.invoke(persistence, arguments);
            });
        }
    }

    private static <T> T proxy(Class<T> of, InvocationHandler answers) {
        return of.cast(Proxy.newProxyInstance(of.getClassLoader(), new Class<?>[] {of}, answers));
    }

    /** With a gateway that gets to know a customer while this happens here. */
    private Allotment meanwhile(Runnable happening) {
        return Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .payments(slow(happening))
                .build();
    }

    private BillingGateway slow(Runnable happening) {
        return proxy(BillingGateway.class, (proxy, method, arguments) -> {
            if (method.getName().equals("customer")) {
                happening.run();
            }
            return method.invoke(gateway, arguments);
        });
    }

    @Test
    void what_is_not_done_is_listed_with_its_problem_and_can_be_forgotten() {
        var now = clock.instant();
        var orders = Stream.of("cus b", "cus a", "cus.ü")
                .sorted()
                .map(id -> CustomerErasure.ordered(gateway.name(), id, now))
                .toList();
        orders.forEach(order -> inPlatform(() -> persistence.customerErasures().insert(order)));
        var failed = orders.get(1).failed("no right", now);
        inPlatform(() -> persistence.customerErasures().update(failed));

        assertListingHolds(
                List.of(orders.get(0), failed, orders.get(2)),
                page -> billed.customerErasures().list(page));
        billed.customerErasures().forget(gateway.name(), failed.customerId());
        assertThatThrownBy(() -> billed.customerErasures().forget(gateway.name(), failed.customerId()))
                .isInstanceOf(NotFound.class);

        assertThat(due()).containsExactly(orders.get(0), orders.get(2));
        assertThat(billed.audit()
                        .listPlatform(AuditFilter.ALL, PageRequest.first(PageRequest.MAX_LIMIT))
                        .items())
                .anyMatch(entry -> entry.event().action().equals("customer-erasure.forgotten")
                        && entry.event().entityId().equals(failed.customerId()));
        assertThatThrownBy(() -> inTenant(
                        given.tenant().id(),
                        () -> persistence.customerErasures().list(PageRequest.first(1))))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void one_at_a_gateway_that_nobody_asks_any_more_counts_as_failing_after_a_day() {
        long before = failing();
        inPlatform(() -> persistence
                .customerErasures()
                .insert(CustomerErasure.ordered("gone-" + gateway.name(), "cus", clock.instant())));
        assertThat(failing()).isEqualTo(before);

        // What other suites left waits as long.
        clock.advance(Duration.ofDays(1).plusSeconds(1));
        long after = failing();
        billed.customerErasures().forget("gone-" + gateway.name(), "cus");

        assertThat(failing()).isEqualTo(after - 1);
    }

    private long failing() {
        return billed.deadLetters().failing().getOrDefault(CustomerErasureService.JOB, 0L);
    }

    @Test
    void what_is_ordered_stands_once_and_a_tenant_sees_nothing_of_it() {
        var tenant = given.tenant();
        customerOf(tenant.id(), Fixtures.accountOf(tenant));
        var now = clock.instant();

        assertThat(inPlatform(() -> persistence.customerErasures().orderOf(tenant.id(), now)))
                .isEqualTo(1);
        var order = due().get(0).failed("away", now);
        inPlatform(() -> persistence.customerErasures().update(order));
        assertThat(inPlatform(() -> persistence.customerErasures().orderOf(tenant.id(), now)))
                .isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(due()).containsExactly(order);

        assertThatThrownBy(() -> inTenant(
                        tenant.id(), () -> persistence.customerErasures().due(gateway.name(), now, 1)))
                .isInstanceOf(IllegalStateException.class);
        // Somebody who is done with the one has not done the other.
        var again = order.again(clock.instant());
        inPlatform(() -> persistence
                .customerErasures()
                .insert(CustomerErasure.ordered(gateway.name(), order.customerId(), clock.instant())));
        assertThat(due()).containsExactly(again);
        assertThat(inPlatform(() -> persistence.customerErasures().remove(order)))
                .isFalse();
        assertThat(inPlatform(() -> persistence.customerErasures().remove(again)))
                .isTrue();
        assertThat(inPlatform(() -> persistence.customerErasures().remove(again)))
                .isFalse();
        assertThatThrownBy(() -> inPlatform(() -> persistence.customerErasures().update(order)))
                .isInstanceOf(IllegalStateException.class);
    }
}
