package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.CreditExpiry;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.NoPeriod;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Credits that are for sale, and given away. */
public abstract class CreditProductsContract extends PersistenceContract {

    private Tenant tenant;

    @BeforeEach
    void subscriber() {
        tenant = given.tenantOn(PlanVersionTerms.empty());
    }

    private static CreditProduct pack() {
        return CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR");
    }

    private CreditGrant gift(CreditProduct product, IdempotencyKey once) {
        return allotment
                .creditProducts()
                .gift(tenant.id(), Fixtures.accountOf(tenant), product.key(), once, "an outage");
    }

    @Test
    void a_product_comes_back_as_it_was_made() {
        var plain = pack();
        var full = new CreditProduct(
                new ProductKey(Fixtures.word()),
                "Ein Päckchen",
                Optional.of("for \"now\""),
                Credits.of("0.000000001"),
                plain.price(),
                CreditExpiry.afterDays(90),
                false,
                Optional.of("price_1"),
                Optional.of("prod_1"));

        for (var product : List.of(plain, full, pack().expiring(CreditExpiry.PERIOD_END))) {
            allotment.creditProducts().create(product);
            assertThat(allotment.creditProducts().get(product.key())).isEqualTo(product);
        }
    }

    @Test
    void a_key_is_taken_once_and_an_unknown_one_is_not_found() {
        var product = allotment.creditProducts().create(pack());

        assertThatThrownBy(() -> allotment.creditProducts().create(product)).isInstanceOf(AlreadyExists.class);
        assertThatThrownBy(() -> allotment.creditProducts().get(pack().key())).isInstanceOf(NotFound.class);
        assertThat(inPlatform(() -> persistence.creditProducts().update(pack(), START)))
                .isFalse();
    }

    @Test
    void what_it_gives_and_costs_never_changes() {
        var product = allotment.creditProducts().create(pack());
        var dearer = CreditProduct.of(product.key().value(), product.name(), 100, 2_900, "EUR");

        assertThatThrownBy(() -> allotment.creditProducts().update(product.key(), same -> dearer))
                .isInstanceOf(InvalidValue.class);
        inPlatform(() -> persistence.creditProducts().update(dearer, START));

        assertThat(allotment.creditProducts().get(product.key())).isEqualTo(product);
    }

    @Test
    void an_archived_product_stays_and_is_neither_sold_nor_given() {
        var product = allotment.creditProducts().create(pack());

        var archived = allotment.creditProducts().archive(product.key());

        assertThat(archived).isEqualTo(product.active(false));
        assertThat(allotment.creditProducts().get(product.key())).isEqualTo(archived);
        assertThatThrownBy(() -> gift(product, Fixtures.key())).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(
                        () -> allotment.creditPurchases().order(tenant.id(), Fixtures.accountOf(tenant), product.key()))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void of_two_changes_at_once_none_is_lost() {
        for (int i = 0; i < 10; i++) {
            var product = allotment.creditProducts().create(pack());

            Together.values(Together.run(
                    2,
                    number -> number == 0
                            ? allotment.creditProducts().archive(product.key())
                            : allotment
                                    .creditProducts()
                                    .update(
                                            product.key(),
                                            known -> new CreditProduct(
                                                    known.key(),
                                                    "Renamed",
                                                    known.description(),
                                                    known.credits(),
                                                    known.price(),
                                                    known.expiry(),
                                                    known.active(),
                                                    known.stripePriceId(),
                                                    known.stripeProductId()))));

            var after = allotment.creditProducts().get(product.key());
            assertThat(after.active()).isFalse();
            assertThat(after.name()).isEqualTo("Renamed");
        }
    }

    @Test
    void products_are_listed_by_their_keys() {
        var products = List.of(pack(), pack(), pack());
        products.forEach(allotment.creditProducts()::create);
        var expected = products.stream()
                .sorted((a, b) -> a.key().value().compareTo(b.key().value()))
                .toList();

        assertListingHolds(expected, page -> allotment.creditProducts().list(page));
    }

    @Test
    void what_fails_leaves_no_product() {
        var product = pack();

        inPlatformThenUndone(() -> persistence.creditProducts().insert(product, START));

        assertThat(inPlatform(() -> persistence.creditProducts().find(product.key())))
                .isEmpty();
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.creditProducts().insert(product, START)));
    }

    @Test
    void a_gift_is_what_the_product_gives_once_for_its_key() {
        var product = allotment.creditProducts().create(pack().expiring(CreditExpiry.afterMonths(1)));
        var once = Fixtures.key();

        var grant = gift(product, once);
        clock.advance(Duration.ofDays(1));
        var again = gift(product, once);

        assertThat(again).isEqualTo(grant);
        assertThat(grant.terms().amount()).isEqualTo(Credits.of(100));
        assertThat(grant.terms().source()).isEqualTo(GrantSource.GIFT);
        assertThat(grant.terms().sourceId()).contains(product.key().value());
        assertThat(grant.terms().description()).contains("an outage");
        assertThat(grant.terms().expiresAt()).contains(Instant.parse("2026-04-10T09:30:00.123456Z"));
        assertThat(allotment
                        .credits()
                        .balance(tenant.id(), Fixtures.accountOf(tenant))
                        .balance())
                .isEqualTo(Credits.of(100));
        var other = allotment.creditProducts().create(pack());
        assertThatThrownBy(() -> gift(other, once)).isInstanceOf(IdempotencyKeyReused.class);
        assertThatThrownBy(() -> gift(pack(), Fixtures.key())).isInstanceOf(Unknown.class);
    }

    @Test
    void credits_that_end_with_a_period_need_one() {
        var product = allotment.creditProducts().create(pack().expiring(CreditExpiry.PERIOD_END));

        assertThat(gift(product, Fixtures.key()).terms().expiresAt())
                .contains(Instant.parse("2026-04-10T09:30:00.123456Z"));

        allotment.subscriptions().cancel(tenant.id(), Fixtures.accountOf(tenant), false, Optional.empty());
        assertThatThrownBy(() -> gift(product, Fixtures.key())).isInstanceOf(NoPeriod.class);
    }
}
