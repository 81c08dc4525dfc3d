package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Decimals;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.usage.MeteredUse;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Usage that a gateway is told of, to be billed: what was used above a quota since the last report, in one period of the quota and one of the
 * subscription. It counts once, whatever is said how often: a gateway takes the same identifier once within a day.
 *
 * @param feature whose meter it is for
 * @param quantity more, or less where it is negative: a correction
 * @param units what of it the gateway is told, which counts whole ones
 * @param withheldUnits what a correction is not told of, since the gateway never counted what it corrects; less than zero where a report that is sent
 *     anew leaves that out instead
 * @param periodStart of the quota's period
 * @param billingPeriodStart of the subscription's
 * @param at the last moment that it was used at
 * @param identifier what it is known by at the gateway; a new one where it is to be sent anew
 * @param customerId who the gateway was told it is of; empty before
 * @param attempts how often it was sent
 * @param triedAt when it was first sent under this identifier; it may have been taken from then on
 * @param nextAt when it is to be sent; empty where it is not
 * @param sentAt when the gateway took it
 * @param problem why it does not stand as it should
 */
public record MeteredReport(
        TenantId tenantId,
        MeteredReportId id,
        AccountId accountId,
        String gateway,
        FeatureKey feature,
        BigDecimal quantity,
        BigDecimal units,
        BigDecimal withheldUnits,
        Instant periodStart,
        Instant billingPeriodStart,
        Instant at,
        Status status,
        String identifier,
        Optional<String> customerId,
        int attempts,
        Optional<Instant> triedAt,
        Optional<Instant> nextAt,
        Optional<Instant> sentAt,
        Optional<String> problem,
        Instant createdAt) {

    /** How it stands. */
    public enum Status {
        /** To be sent, or sent again. */
        WAITING,
        /** The gateway took it; or there was nothing to tell, since it came to no whole unit. */
        SENT,
        /** The gateway does not count it: it was refused, at once or later. */
        REJECTED,
        /** Whether the gateway counts it cannot be told, and it is too late to ask by sending it again: somebody has to look. */
        UNCLEAR,
        /** It was taken back: the gateway does not count it any more. */
        TAKEN_BACK;

        /** Whether the gateway counts it, or will, or may: what nobody can tell, somebody settles, and then it does. */
        public boolean mayCount() {
            return this == WAITING || this == SENT || this == UNCLEAR;
        }
    }

    /** The same identifier may be sent again so long; gateways promise a day. */
    static final Duration REPEATABLE = Duration.ofHours(23);

    /** Whoever sends it has an answer by then, or never will. */
    private static final Duration SENDING = Duration.ofMinutes(5);

    private static final Duration FIRST_WAIT = Duration.ofMinutes(1);

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private static final int MAX_PROBLEM = 2_000;

    public MeteredReport {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        gateway = Text.key("gateway", gateway);
        requireNonNull(feature, "feature");
        if (quantity.signum() == 0) {
            throw new InvalidValue("quantity", "must not be zero");
        }
        // One form each, however they were stored.
        quantity = Decimals.plain(quantity);
        units = units.setScale(0);
        withheldUnits = withheldUnits.setScale(0);
        requireNonNull(periodStart, "periodStart");
        requireNonNull(billingPeriodStart, "billingPeriodStart");
        requireNonNull(at, "at");
        requireNonNull(status, "status");
        identifier = Text.name("identifier", identifier, 100);
        requireNonNull(customerId, "customerId");
        requireNonNull(triedAt, "triedAt");
        requireNonNull(nextAt, "nextAt");
        requireNonNull(sentAt, "sentAt");
        problem = problem.map(text -> text.length() > MAX_PROBLEM ? text.substring(0, MAX_PROBLEM) : text);
        requireNonNull(createdAt, "createdAt");
        if ((status == Status.WAITING) != nextAt.isPresent()) {
            throw new IllegalStateException("A report is " + status + " and next " + nextAt);
        }
    }

    /**
     * What was used of a feature by an account, to be told as one.
     *
     * @param quantity more, or less where it is negative; zero where both come to nothing
     */
    public record Part(
            TenantId tenantId,
            AccountId accountId,
            String gateway,
            FeatureKey feature,
            Instant periodStart,
            Instant billingPeriodStart,
            BigDecimal quantity,
            Instant at) {

        public Subject subject() {
            return new Subject(accountId, gateway, feature, periodStart, billingPeriodStart);
        }

        private Part plus(Part more) {
            return new Part(
                    tenantId,
                    accountId,
                    gateway,
                    feature,
                    periodStart,
                    billingPeriodStart,
                    quantity.add(more.quantity),
                    at.isAfter(more.at) ? at : more.at);
        }
    }

    /**
     * What is in the reports of an account and feature for one period of the subscription.
     *
     * @param quantity that was used
     * @param units that it comes to: what the gateway is told, less what corrections withhold
     * @param counted what of it, and of others of the same period of the quota, the gateway counts, or may
     */
    public record Total(BigDecimal quantity, BigDecimal units, BigDecimal counted) {

        public static final Total NONE = new Total(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO);

        public Total plus(Total more) {
            return new Total(quantity.add(more.quantity), units.add(more.units), counted.add(more.counted));
        }

        /** No correction tells less: what was never counted cannot be corrected. */
        private BigDecimal least() {
            return counted.max(BigDecimal.ZERO).negate();
        }
    }

    private record Of(TenantId tenantId, Subject subject) {}

    /** What reports of a tenant are of. */
    public record Subject(
            AccountId accountId, String gateway, FeatureKey feature, Instant periodStart, Instant billingPeriodStart) {}

    /** One for each account, feature and pair of periods; none where more and less come to nothing. */
    public static List<Part> parts(List<MeteredUse> uses) {
        var parts = new LinkedHashMap<Of, Part>();
        for (var use : uses) {
            var part = new Part(
                    use.tenantId(),
                    use.accountId(),
                    use.gateway(),
                    use.feature(),
                    use.periodStart(),
                    use.billingPeriodStart(),
                    use.quantity(),
                    use.at());
            parts.merge(new Of(part.tenantId(), part.subject()), part, Part::plus);
        }
        return parts.values().stream()
                .filter(part -> part.quantity().signum() != 0)
                .toList();
    }

    /**
     * Gateways count whole units: told is what the period's total, rounded half up, is more than what was told before. So fractions add up, and all
     * of a period is never off by more than half a unit.
     *
     * <p>A correction tells no less than what the gateway counts, or may: what was rejected, taken back, or never told since no gateway billed it
     * then, is not subtracted from what others are billed for. What it withholds stays in the quantities.
     *
     * @param before what is in the reports of the same period of the subscription
     */
    public static MeteredReport of(Part part, Total before, MeteredReportId id, Instant now) {
        var due = before.quantity()
                .add(part.quantity())
                .setScale(0, RoundingMode.HALF_UP)
                .subtract(before.units());
        var units = due.max(before.least());
        boolean tells = units.signum() != 0;
        return new MeteredReport(
                part.tenantId(),
                id,
                part.accountId(),
                part.gateway(),
                part.feature(),
                part.quantity(),
                units,
                units.subtract(due),
                part.periodStart(),
                part.billingPeriodStart(),
                part.at(),
                tells ? Status.WAITING : Status.SENT,
                id.toString(),
                Optional.empty(),
                0,
                Optional.empty(),
                tells ? Optional.of(now) : Optional.empty(),
                tells ? Optional.empty() : Optional.of(now),
                Optional.empty(),
                now);
    }

    /** Whether it can be sent without counting twice: never before under its identifier, or a short while ago. */
    public boolean isRepeatable(Instant now) {
        return triedAt.filter(first -> !now.isBefore(first.plus(REPEATABLE))).isEmpty();
    }

    /** Whoever says so sends it: until it is said what came of it, or for some minutes, nobody else does. */
    public MeteredReport sending(Instant now) {
        require(Status.WAITING, "be sent");
        return with(
                Status.WAITING,
                identifier,
                customerId,
                attempts + 1,
                triedAt.or(() -> Optional.of(now)),
                Optional.of(now.plus(SENDING)),
                sentAt,
                problem);
    }

    /** Of that customer of the gateway's. */
    public MeteredReport of(String customer) {
        return with(status, identifier, Optional.of(customer), attempts, triedAt, nextAt, sentAt, problem);
    }

    /** The gateway took it. */
    public MeteredReport sent(Instant now) {
        return with(
                Status.SENT,
                identifier,
                customerId,
                attempts,
                triedAt,
                Optional.empty(),
                Optional.of(now),
                Optional.empty());
    }

    /** What came of sending it is not known: again after a while, which grows. */
    public MeteredReport failed(String why, Instant now) {
        var waited = Duration.between(triedAt.orElse(now), now);
        var wait = waited.compareTo(FIRST_WAIT) < 0 ? FIRST_WAIT : waited;
        var next = now.plus(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
        return with(
                Status.WAITING,
                identifier,
                customerId,
                attempts,
                triedAt,
                Optional.of(next),
                Optional.empty(),
                Optional.of(why));
    }

    /** The gateway does not count it. */
    public MeteredReport rejected(String why) {
        return with(
                Status.REJECTED,
                identifier,
                customerId,
                attempts,
                triedAt,
                Optional.empty(),
                Optional.empty(),
                Optional.of(why));
    }

    /** Nobody can tell. */
    public MeteredReport unclear(String why) {
        return with(
                Status.UNCLEAR,
                identifier,
                customerId,
                attempts,
                triedAt,
                Optional.empty(),
                Optional.empty(),
                Optional.of(why));
    }

    /** The gateway does not count it any more; refuses what it has not taken. */
    public MeteredReport takenBack() {
        require(Status.SENT, "be taken back");
        return with(
                Status.TAKEN_BACK,
                identifier,
                customerId,
                attempts,
                triedAt,
                Optional.empty(),
                sentAt,
                Optional.empty());
    }

    /** What it comes to, of which the gateway may count all or none. */
    public Total total() {
        return new Total(quantity, units.subtract(withheldUnits), status.mayCount() ? units : BigDecimal.ZERO);
    }

    public Subject subject() {
        return new Subject(accountId, gateway, feature, periodStart, billingPeriodStart);
    }

    /**
     * Refuses to take back what was corrected since, and the correction told: it would be given back twice.
     *
     * @param all what is in all reports of the same, this one too
     */
    public void requireUncorrected(Total all) {
        if (all.counted().subtract(units).signum() < 0 && units.signum() > 0) {
            throw new ReportStands("Of the report " + id + " the gateway was told corrections since, and counts "
                    + all.counted().stripTrailingZeros().toPlainString()
                    + ": correct the rest as well, instead of taking it back.");
        }
    }

    /**
     * To be sent under another identifier: the gateway does not count the one before. What was corrected since, and withheld since it did not count, is
     * left out. Refuses what waits or was sent, and where nothing is left to tell.
     *
     * @param all what is in all reports of the same, this one too
     * @param withheld by corrections since it was made, and not left out elsewhere
     */
    public MeteredReport again(Total all, BigDecimal withheld, Instant now) {
        if (status == Status.WAITING || status == Status.SENT) {
            throw new ReportStands(this, "be sent again");
        }
        var others = all.counted().subtract(total().counted()).max(BigDecimal.ZERO);
        var left = units.signum() > 0
                ? units.subtract(withheld.max(BigDecimal.ZERO)).max(BigDecimal.ZERO)
                : units.max(others.negate());
        if (left.signum() == 0) {
            throw new ReportStands("Nothing of the report " + id
                    + " is left to be told: it was corrected, or what it corrects does not count.");
        }
        return anew(now).telling(left);
    }

    private MeteredReport telling(BigDecimal changed) {
        return new MeteredReport(
                tenantId,
                id,
                accountId,
                gateway,
                feature,
                quantity,
                changed,
                withheldUnits.add(changed).subtract(units),
                periodStart,
                billingPeriodStart,
                at,
                status,
                identifier,
                customerId,
                attempts,
                triedAt,
                nextAt,
                sentAt,
                problem,
                createdAt);
    }

    /** Under an identifier that was never sent. */
    MeteredReport anew(Instant now) {
        int number =
                identifier.contains(".") ? Integer.parseInt(identifier.substring(identifier.indexOf('.') + 1)) + 1 : 2;
        return with(
                Status.WAITING,
                id + "." + number,
                customerId,
                attempts,
                Optional.empty(),
                Optional.of(now),
                Optional.empty(),
                problem);
    }

    /** Somebody has seen that the gateway counts it; refuses where that is no question. */
    public MeteredReport counted(Instant now) {
        require(Status.UNCLEAR, "be found to count");
        return sent(now);
    }

    /**
     * What becomes of one whose outcome is not known, when the gateway tells what it counts.
     *
     * @param known what it counts of other reports of the same minute, as far as is known here
     * @param counts what it counts in that minute; empty where it does not say
     */
    public MeteredReport cleared(BigDecimal known, Optional<BigDecimal> counts, Instant now) {
        if (counts.filter(all -> all.compareTo(known.add(units)) == 0).isPresent()) {
            return sent(now);
        }
        if (counts.filter(all -> all.compareTo(known) == 0).isPresent()) {
            return anew(now);
        }
        return unclear("It was sent, with no answer, more than a day ago"
                + counts.map(all -> "; of that minute the gateway counts " + all.toPlainString()
                                + ", and that is neither with nor without it")
                        .orElse("")
                + ". See whether the gateway counts " + identifier
                + ", then say so, or have it sent again.");
    }

    private void require(Status wanted, String what) {
        if (status != wanted) {
            throw new ReportStands(this, what);
        }
    }

    private MeteredReport with(
            Status changed,
            String known,
            Optional<String> customer,
            int tries,
            Optional<Instant> firstTried,
            Optional<Instant> next,
            Optional<Instant> sent,
            Optional<String> why) {
        return new MeteredReport(
                tenantId,
                id,
                accountId,
                gateway,
                feature,
                quantity,
                units,
                withheldUnits,
                periodStart,
                billingPeriodStart,
                at,
                changed,
                known,
                customer,
                tries,
                firstTried,
                next,
                sent,
                why,
                createdAt);
    }
}
