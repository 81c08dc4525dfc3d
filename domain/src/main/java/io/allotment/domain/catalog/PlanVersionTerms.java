package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Unknown;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a plan version gives and costs.
 *
 * @param trialDays 0 to 730; 0 for no trial
 * @param graceDays how many days past due still spend, 0 to 90; with 0 a failed payment ends the subscription
 * @param seatLimit members a tenant may have; empty for no limit
 * @param includedCredits granted at the start of a subscription's period; below 10^18, as all grants are
 * @param rolloverMax how much of an unused rest of them lives on for one more period; zero for none
 * @param features free-form features for price pages, which the gate does not read
 */
public record PlanVersionTerms(
        int trialDays,
        int graceDays,
        Optional<Integer> seatLimit,
        Credits includedCredits,
        Credits rolloverMax,
        Document features,
        List<Price> prices,
        List<Entitlement> entitlements) {

    /** For a version of which nothing else is said: who is late to pay for once is not cut off. */
    public static final int DEFAULT_GRACE_DAYS = 7;

    private static final int MAX_PARTS = 200;

    public PlanVersionTerms {
        within("trialDays", trialDays, 0, 730);
        within("graceDays", graceDays, 0, 90);
        seatLimit.ifPresent(seats -> within("seatLimit", seats, 1, 1_000_000));
        requireNonNull(includedCredits, "includedCredits");
        if (includedCredits.isNegative()) {
            throw new InvalidValue("includedCredits", "must not be negative");
        }
        if (includedCredits.isPositive()) {
            includedCredits.requirePositive("includedCredits");
        }
        if (rolloverMax.isNegative() || rolloverMax.compareTo(includedCredits) > 0) {
            throw new InvalidValue("rolloverMax", "must be from 0 to the included credits " + includedCredits);
        }
        requireNonNull(features, "features");
        prices = List.copyOf(prices);
        entitlements = List.copyOf(entitlements);
        within("prices", prices.size(), 0, MAX_PARTS);
        within("entitlements", entitlements.size(), 0, MAX_PARTS);
        requireDistinct("entitlements", entitlements.stream().map(Entitlement::feature));
        requireDistinct("prices", prices.stream().map(Price::key));
    }

    public Optional<Entitlement> entitlement(FeatureKey feature) {
        return entitlements.stream().filter(e -> e.feature().equals(feature)).findFirst();
    }

    public Optional<Price> price(PriceKey key) {
        return prices.stream().filter(p -> p.key().equals(key)).findFirst();
    }

    /** A version that gives nothing and costs nothing, without days of grace: a beginning. */
    public static PlanVersionTerms empty() {
        return new PlanVersionTerms(
                0, 0, Optional.empty(), Credits.ZERO, Credits.ZERO, Document.EMPTY, List.of(), List.of());
    }

    public PlanVersionTerms including(Credits credits) {
        return new PlanVersionTerms(
                trialDays, graceDays, seatLimit, credits, rolloverMax, features, prices, entitlements);
    }

    /** With as much as {@code max} of unused included credits living on for one more period. */
    public PlanVersionTerms rollingOver(Credits max) {
        return new PlanVersionTerms(
                trialDays, graceDays, seatLimit, includedCredits, max, features, prices, entitlements);
    }

    /** With one entitlement more. */
    public PlanVersionTerms with(Entitlement entitlement) {
        var more = new ArrayList<>(entitlements);
        more.add(entitlement);
        return new PlanVersionTerms(
                trialDays, graceDays, seatLimit, includedCredits, rolloverMax, features, prices, more);
    }

    /** With a metered feature's quota more, in plain words. */
    public PlanVersionTerms with(String feature, Quota quota) {
        return with(new Entitlement.Metered(new FeatureKey(feature), quota));
    }

    /** With one price more. */
    public PlanVersionTerms at(Price price) {
        var more = new ArrayList<>(prices);
        more.add(price);
        return new PlanVersionTerms(
                trialDays, graceDays, seatLimit, includedCredits, rolloverMax, features, more, entitlements);
    }

    public PlanVersionTerms withTrial(int days) {
        return new PlanVersionTerms(
                days, graceDays, seatLimit, includedCredits, rolloverMax, features, prices, entitlements);
    }

    public PlanVersionTerms withGrace(int days) {
        return new PlanVersionTerms(
                trialDays, days, seatLimit, includedCredits, rolloverMax, features, prices, entitlements);
    }

    /** Refuses entitlements of features that do not exist, or that are of another kind than their feature. */
    public void requireFitting(Function<FeatureKey, Optional<Feature>> known) {
        for (int i = 0; i < entitlements.size(); i++) {
            var entitlement = entitlements.get(i);
            var field = "entitlements[" + i + "]";
            known.apply(entitlement.feature())
                    .orElseThrow(() -> new Unknown("feature", field + ".feature", entitlement.feature()))
                    .requireFitting(field, entitlement);
        }
    }

    /** Refuses prices in what is no currency. */
    public void requireCurrencies() {
        for (int i = 0; i < prices.size(); i++) {
            Money.requireCurrency(
                    "prices[" + i + "].currency", prices.get(i).money().currency());
        }
    }

    private static void within(String field, int value, int min, int max) {
        if (value < min || value > max) {
            throw new InvalidValue(field, "must be from " + min + " to " + max);
        }
    }

    private static void requireDistinct(String field, Stream<?> keys) {
        var seen = new HashSet<>();
        keys.forEach(key -> {
            if (!seen.add(key)) {
                throw new InvalidValue(field, "names " + key + " twice");
            }
        });
    }
}
