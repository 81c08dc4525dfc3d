package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.billing.AlreadyPaid;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditExpiry;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CreditPurchase.Status;
import io.allotment.domain.billing.CreditPurchases.Filter;
import io.allotment.domain.billing.NoPeriod;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Credits are ordered, paid for and granted: once, whatever is told how often. */
public abstract class CreditPurchasesContract extends PersistenceContract {

    private static final PageRequest ALL = PageRequest.first(200);
    private static final Duration MONTH = Duration.ofDays(30);

    private Tenant tenant;
    private AccountId account;
    private CreditProduct product;

    @BeforeEach
    void a_product_and_a_buyer() {
        tenant = given.tenantOn(PlanVersionTerms.empty());
        account = Fixtures.accountOf(tenant);
        product = product(CreditExpiry.NEVER);
    }

    private CreditProduct product(CreditExpiry expiry) {
        return allotment
                .creditProducts()
                .create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR")
                        .expiring(expiry));
    }

    private TenantId id() {
        return tenant.id();
    }

    private CreditPurchase bought(CreditProduct wanted) {
        return allotment.creditPurchases().buy(id(), account, wanted.key());
    }

    private CreditPurchase paid(CreditPurchase purchase, String reference) {
        return allotment.creditPurchases().paid(id(), account, purchase.id(), reference);
    }

    private CreditPurchase stored(CreditPurchase purchase) {
        return allotment.creditPurchases().get(id(), account, purchase.id());
    }

    private Credits balance() {
        return allotment.credits().balance(id(), account).balance();
    }

    private Status status(CreditPurchase purchase) {
        return stored(purchase).statusAt(clock.instant());
    }

    @Test
    void what_is_bought_waits_with_a_reference_and_brings_nothing_yet() {
        var purchase = bought(product);

        assertThat(stored(purchase)).isEqualTo(purchase);
        assertThat(status(purchase)).isEqualTo(Status.PENDING);
        assertThat(purchase.price()).isEqualTo(product.price());
        assertThat(purchase.checkout().orElseThrow().gateway()).isEqualTo("manual");
        assertThat(purchase.checkout().orElseThrow().id()).matches("([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}");
        assertThat(purchase.expiresAt()).isEqualTo(START.plus(MONTH));
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(bought(product).checkout()).isNotEqualTo(purchase.checkout());
    }

    @Test
    void a_payment_brings_the_credits_once() {
        var purchase = bought(product);
        clock.advance(Duration.ofDays(3));

        var done = paid(purchase, "bank-17");
        var again = paid(purchase, "bank-17");

        assertThat(again).isEqualTo(done).isEqualTo(stored(purchase));
        assertThat(status(purchase)).isEqualTo(Status.PAID);
        assertThat(balance()).isEqualTo(Credits.of(100));
        var grant = allotment
                .credits()
                .getGrant(id(), account, done.payment().orElseThrow().grant());
        assertThat(grant.terms().source()).isEqualTo(GrantSource.PURCHASE);
        assertThat(grant.terms().paymentReference()).contains("bank-17");
        assertThat(grant.terms().sourceId()).contains(purchase.id().toString());
        assertThat(grant.terms().expiresAt()).isEmpty();
        assertThatThrownBy(() -> paid(purchase, "bank-18")).isInstanceOf(AlreadyPaid.class);
        assertThatThrownBy(() -> allotment.creditPurchases().cancel(id(), account, purchase.id()))
                .isInstanceOf(AlreadyPaid.class);
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertSound();
    }

    @Test
    void of_many_who_tell_of_the_payment_one_brings_the_credits() {
        var purchase = bought(product);

        var results = Together.run(8, thread -> paid(purchase, "bank-17"));

        assertThat(results.stream().map(result -> result.value().orElseThrow()).distinct())
                .hasSize(1);
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(allotment
                        .credits()
                        .listEntries(id(), account, EntryFilter.ALL, ALL)
                        .items())
                .extracting(CreditEntry::type)
                .containsExactly(CreditEntry.Type.GRANTED);
    }

    @Test
    void credits_expire_counted_from_the_payment() {
        var days = bought(product(CreditExpiry.afterDays(10)));
        var period = bought(product(CreditExpiry.PERIOD_END));
        clock.advance(Duration.ofDays(5));
        paid(days, "one");
        paid(period, "two");

        assertThat(endOf(days)).contains(START.plus(Duration.ofDays(15)));
        assertThat(endOf(period)).contains(Instant.parse("2026-04-10T09:30:00.123456Z"));
        clock.advance(Duration.ofDays(10));
        assertThat(allotment.credits().balance(id(), account).available()).isEqualTo(Credits.of(100));
    }

    @Test
    void what_was_to_end_with_a_period_is_not_lost_where_none_goes_on() {
        var purchase = bought(product(CreditExpiry.PERIOD_END));
        allotment.subscriptions().cancel(id(), account, false, Optional.empty());

        paid(purchase, "late");

        assertThat(endOf(purchase)).isEmpty();
        var another = product(CreditExpiry.PERIOD_END);
        assertThatThrownBy(() -> bought(another)).isInstanceOf(NoPeriod.class);
    }

    private Optional<Instant> endOf(CreditPurchase purchase) {
        var grant = stored(purchase).payment().orElseThrow().grant();
        return allotment.credits().getGrant(id(), account, grant).terms().expiresAt();
    }

    @Test
    void time_alone_makes_it_expire_and_money_that_comes_late_or_after_all_counts() {
        var late = bought(product);
        var givenUp = bought(product);
        allotment.creditPurchases().cancel(id(), account, givenUp.id());
        allotment.creditPurchases().cancel(id(), account, givenUp.id());
        assertThat(status(givenUp)).isEqualTo(Status.CANCELED);
        clock.advance(MONTH);
        assertThat(status(late)).isEqualTo(Status.EXPIRED);

        paid(late, "one");
        paid(givenUp, "two");

        assertThat(status(late)).isEqualTo(Status.PAID);
        assertThat(status(givenUp)).isEqualTo(Status.PAID);
        assertThat(balance()).isEqualTo(Credits.of(200));
        assertSound();
    }

    @Test
    void what_was_ordered_stays_as_it_was_whatever_becomes_of_the_product() {
        var purchase = bought(product);
        allotment.creditProducts().archive(product.key());

        paid(purchase, "bank-17");

        assertThat(balance()).isEqualTo(Credits.of(100));
        var unknown = allotment.creditPurchases();
        assertThatThrownBy(() -> unknown.order(
                        id(),
                        account,
                        CreditProduct.of(Fixtures.word(), "None", 1, 1, "EUR").key()))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void where_the_gateway_is_away_the_order_stays_and_its_checkout_is_asked_for_again() {
        var asked = new AtomicInteger();
        var away = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .payments(new PaymentGateway() {
                    @Override
                    public String name() {
                        return "elsewhere";
                    }

                    @Override
                    public Checkout checkout(Order order) {
                        if (asked.incrementAndGet() == 1) {
                            throw new Unavailable("away", Duration.ofSeconds(1), null);
                        }
                        return new Checkout(
                                name(),
                                "checkout-of-" + order.id(),
                                Optional.of("https://pay.example/" + order.id()),
                                Optional.empty(),
                                order.orderedAt().plus(Duration.ofHours(1)));
                    }
                })
                .build()
                .creditPurchases();
        var ordered = away.order(id(), account, product.key());

        assertThatThrownBy(() -> away.checkout(id(), account, ordered.id())).isInstanceOf(Unavailable.class);
        assertThat(stored(ordered)).isEqualTo(ordered);
        var opened = away.checkout(id(), account, ordered.id());
        assertThat(away.checkout(id(), account, ordered.id())).isEqualTo(opened);

        assertThat(asked).hasValue(2);
        assertThat(stored(ordered)).isEqualTo(opened);
        assertThat(opened.checkout().orElseThrow().url()).contains("https://pay.example/" + ordered.id());
        var forgotten = away.order(id(), account, product.key());
        clock.advance(Duration.ofDays(1));
        assertThat(status(opened)).isEqualTo(Status.EXPIRED);
        assertThat(away.checkout(id(), account, forgotten.id()).checkout()).isEmpty();
    }

    @Test
    void an_account_s_purchases_are_listed_newest_first() {
        var first = bought(product);
        clock.advance(Duration.ofSeconds(1));
        var second = bought(product);
        clock.advance(Duration.ofSeconds(1));
        var third = paid(bought(product), "bank-17");

        assertListing(
                List.of(third, second, first),
                page -> allotment.creditPurchases().list(id(), account, page));
    }

    @Test
    void the_operator_finds_what_a_payment_is_for_and_what_waits() {
        var first = bought(product);
        clock.advance(Duration.ofSeconds(1));
        var other = given.tenantOn(PlanVersionTerms.empty());
        var second = allotment.creditPurchases().buy(other.id(), Fixtures.accountOf(other), product.key());
        clock.advance(Duration.ofSeconds(1));
        var third = paid(bought(product), "bank-17");
        var reference = second.checkout().orElseThrow().id();

        assertListing(
                List.of(second),
                page -> allotment
                        .creditPurchases()
                        .listAll(new Filter(Optional.empty(), Optional.of(reference)), page));
        assertListingHolds(
                List.of(third, second, first),
                page -> allotment.creditPurchases().listAll(Filter.ALL, page));
        assertListingHolds(
                List.of(second, first),
                page -> allotment
                        .creditPurchases()
                        .listAll(new Filter(Optional.of(Status.PENDING), Optional.empty()), page));
        assertThat(all(Status.PENDING)).doesNotContain(third);
        assertThat(all(Status.PAID)).contains(third).doesNotContain(first);
        allotment.creditPurchases().cancel(id(), account, first.id());
        assertThat(all(Status.CANCELED)).contains(stored(first)).doesNotContain(second);
        clock.advance(MONTH);
        assertThat(all(Status.EXPIRED)).contains(second).doesNotContain(stored(first), third);
        assertThat(all(Status.PENDING)).doesNotContain(second);
    }

    private List<CreditPurchase> all(Status status) {
        return allPages(
                200,
                page -> allotment.creditPurchases().listAll(new Filter(Optional.of(status), Optional.empty()), page));
    }

    @Test
    void another_tenant_and_another_account_see_nothing() {
        var purchase = bought(product);
        var other = given.tenantOn(PlanVersionTerms.empty());
        var member = given.member(tenant);
        var theirs = given.memberAccount(tenant, member, PlanVersionTerms.empty());

        assertThatThrownBy(() -> allotment.creditPurchases().get(other.id(), Fixtures.accountOf(other), purchase.id()))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.creditPurchases().paid(id(), theirs, purchase.id(), "bank-17"))
                .isInstanceOf(NotFound.class);
        assertThat(inTenant(other.id(), () -> persistence.creditPurchases().find(id(), purchase.id())))
                .isEmpty();
        assertThat(inTenant(other.id(), () -> persistence.creditPurchases().list(id(), account, ALL))
                        .items())
                .isEmpty();
        assertImpossible(
                () -> inTenant(other.id(), () -> persistence.creditPurchases().update(purchase)));
        assertImpossible(
                () -> inTenant(other.id(), () -> persistence.creditPurchases().insert(purchase)));
        assertThat(stored(purchase)).isEqualTo(purchase);
    }

    @Test
    void verify_names_a_purchase_and_a_grant_that_do_not_agree() {
        var first = paid(bought(product), "bank-17");
        var other = paid(bought(product), "bank-18");
        assertSound();

        assertNamed(first, first.paid(new CreditPurchase.Payment("bank-19", START, grantOf(first))));
        assertNamed(first, first.paid(new CreditPurchase.Payment("bank-17", START, grantOf(other))));
        assertNamed(first, first.paid(new CreditPurchase.Payment("bank-17", START, new GrantId(ids.next()))));
        var notPaid = new CreditPurchase(
                first.tenantId(),
                first.id(),
                first.accountId(),
                first.product(),
                first.productName(),
                first.credits(),
                first.price(),
                first.expiry(),
                first.checkout(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                first.createdAt());
        assertNamed(grantOf(first), notPaid);
        assertSound();
    }

    private static GrantId grantOf(CreditPurchase paid) {
        return paid.payment().orElseThrow().grant();
    }

    private void assertNamed(CreditPurchase subject, CreditPurchase wrong) {
        assertNamed(subject.id(), wrong);
    }

    private void assertNamed(Object subject, CreditPurchase wrong) {
        inPlatformThenUndone(() -> {
            persistence.creditPurchases().update(wrong);

            assertThat(allotment.gate().verify().violations())
                    .filteredOn(violation -> violation.subject().contains(subject.toString()))
                    .extracting(Violation::invariant)
                    .contains("purchases-bring-their-credits");
        });
    }

    @Test
    void nobody_grants_by_hand_what_a_purchase_brings() {
        var purchase = bought(product);
        var terms = new GrantTerms(
                Credits.of(100),
                GrantSource.PURCHASE,
                Optional.of(purchase.id().toString()),
                GrantTerms.DEFAULT_PRIORITY,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Document.EMPTY,
                Optional.empty());

        assertThatThrownBy(() -> allotment.credits().grant(id(), account, Fixtures.key(), Actor.system(), terms))
                .isInstanceOf(InvalidValue.class)
                .hasMessageContaining("sourceId");

        assertThat(balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void what_fails_leaves_nothing() {
        var purchase = bought(product);
        var unpaid = stored(purchase);

        inTenantThenUndone(id(), () -> paid(purchase, "bank-17"));

        assertThat(stored(purchase)).isEqualTo(unpaid);
        assertThat(balance()).isEqualTo(Credits.ZERO);
        var nobody = new AccountId(UUID.randomUUID());
        assertThatThrownBy(() -> inTenant(
                        id(),
                        () -> persistence
                                .creditPurchases()
                                .insert(CreditPurchase.of(product, id(), new PurchaseId(ids.next()), nobody, START))))
                .isInstanceOf(Unknown.class);
        var unknown = CreditPurchase.of(product, id(), new PurchaseId(ids.next()), account, START);
        assertThatThrownBy(
                        () -> inTenant(id(), () -> persistence.creditPurchases().update(unknown)))
                .isInstanceOf(IllegalStateException.class);
    }

    private void assertSound() {
        assertThat(allotment.gate().verify().violations())
                .filteredOn(violation -> violation.tenantId().equals(Optional.of(id())))
                .isEmpty();
    }
}
