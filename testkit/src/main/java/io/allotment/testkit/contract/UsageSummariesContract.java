package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.ai.PriceUnit;
import io.allotment.domain.ai.Rate;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.SummaryRequest.Measure;
import io.allotment.domain.usage.SummaryRequest.Top;
import io.allotment.domain.usage.UsageAmounts;
import io.allotment.domain.usage.UsageCalendar.Unit;
import io.allotment.domain.usage.UsageDimension;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.domain.usage.UsageSummary;
import io.allotment.testkit.Fixtures;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was used, summed: always what the events add up to, however much of them is rolled up. */
public abstract class UsageSummariesContract extends PersistenceContract {

    /** Chooses the history of the random test, to see a failure again: {@code -Dallotment.seed=…}. */
    private static final String SEED = "allotment.seed";

    private static final ZoneId KOLKATA = ZoneId.of("Asia/Kolkata");
    private static final ZoneId LORD_HOWE = ZoneId.of("Australia/Lord_Howe");

    /** A quarter of an hour off, half an hour off, summer time of half an hour, summer time at another hour, none. */
    private static final List<ZoneId> ZONES = List.of(
            Times.UTC,
            KOLKATA,
            LORD_HOWE,
            ZoneId.of("Asia/Kathmandu"),
            ZoneId.of("America/New_York"),
            ZoneId.of("Atlantic/Azores"),
            ZoneId.of("Pacific/Chatham"));

    private Tenant tenant;
    private OperationKey operation;
    private OperationKey other;

    @BeforeEach
    void a_tenant_that_may_spend() {
        tenant = given.tenantWith(1_000_000);
        operation = given.operation("0.5");
        other = given.operation("2");
    }

    @Test
    void a_summary_of_random_usage_is_what_the_events_add_up_to() {
        long seed = Long.getLong(SEED, new Random().nextLong());
        try {
            new History(new Random(seed)).run();
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("again with -D" + SEED + "=" + seed, failure);
        }
    }

    /** Some weeks of usage by a few people, looked at again and again while it is rolled up piece by piece. */
    private final class History {

        private static final int STEPS = 60;
        private static final int QUESTIONS = 4;

        private final Random random;
        private final List<OperationKey> operations;
        private final List<UserId> members = new ArrayList<>();
        private final List<ApiKeyId> keys;
        private final TenantId neighbour;
        private final List<String> providers = List.of(Fixtures.word(), Fixtures.word());
        /** Clocks change about then, in one of the zones at the least. */
        private Instant now = Instant.parse("2026-03-27T20:00:00Z");

        History(Random random) {
            this.random = random;
            var feature = given.feature();
            var plan = PlanVersionTerms.empty()
                    .with(
                            feature.value(),
                            new Quota(
                                    Optional.of(Quantity.of(20)),
                                    Quota.Reset.CALENDAR_MONTH,
                                    Optional.empty(),
                                    Quota.Overage.ALLOW,
                                    0));
            clock.set(now);
            tenant = given.tenantOn(plan);
            given.grant(tenant, 1_000_000);
            neighbour = given.tenantWith(1_000_000).id();
            operations = List.of(operation, other, given.operation("0.000000001", feature));
            keys = List.of(new ApiKeyId(ids.next()), new ApiKeyId(ids.next()));
            for (int i = 0; i < 3; i++) {
                members.add(given.member(tenant));
            }
            moveTo(one(ZONES));
            price(providers.get(0), "USD", "2.5");
            price(providers.get(1), "EUR", "0.07");
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                // At the edges of hours and quarters too.
                now = random.nextInt(4) == 0
                        ? now.truncatedTo(ChronoUnit.HOURS).plusSeconds(random.nextInt(9) * 1_800L + 3_600)
                        : now.plusSeconds(random.nextInt(20_000)).plusNanos(1_000L * random.nextInt(1_000_000));
                clock.set(now);
                use();
                if (random.nextInt(6) == 0) {
                    allotment.usageRoller().rollUp(1 + random.nextInt(20));
                }
                if (random.nextInt(15) == 0) {
                    moveTo(one(ZONES));
                }
                if (random.nextInt(5) == 0) {
                    ask();
                }
            }
            ask();
            rollUpAll();
            ask();
        }

        private void use() {
            int charges = 1 + random.nextInt(4);
            for (int i = 0; i < charges; i++) {
                var charge = charge();
                var answer = allotment.gate().consume(tenant.id(), Fixtures.key(), charge);
                if (random.nextInt(10) == 0 && answer.allowed()) {
                    // What was used stays used.
                    allotment
                            .gate()
                            .refund(
                                    tenant.id(),
                                    Fixtures.key(),
                                    answer.decision().id(),
                                    Actor.system(),
                                    "not theirs");
                }
                allotment.gate().consume(neighbour, Fixtures.key(), Charge.of(operation, Quantity.of(1)));
            }
            if (random.nextInt(5) == 0) {
                var reserved = allotment
                        .gate()
                        .reserve(tenant.id(), Fixtures.key(), Charge.of(other, Quantity.of(3)), Duration.ofHours(1));
                reserved.decision()
                        .reservation()
                        .ifPresent(reservation -> allotment
                                .gate()
                                .settle(
                                        tenant.id(),
                                        Fixtures.key(),
                                        reservation,
                                        List.of(new Charge.Line(other, Quantity.of("0.75")))));
            }
        }

        private Charge charge() {
            var charge =
                    Charge.of(one(operations), Quantity.of("" + (1 + random.nextInt(5)) + "." + random.nextInt(9)));
            if (random.nextInt(3) == 0) {
                charge = charge.and(one(operations), Quantity.of(2));
            }
            if (random.nextBoolean()) {
                var tokens = TokenCounts.of(random.nextInt(1_000), 1 + random.nextInt(1_000));
                charge = random.nextInt(3) == 0
                        ? charge.using("unpriced", tokens)
                        : charge.using(one(providers), "large", tokens);
            }
            if (random.nextBoolean()) {
                charge = charge.relatedTo("meeting", one(List.of("1", "2", "3")));
            }
            return switch (random.nextInt(4)) {
                case 0 -> charge.by(Actor.user(one(members)));
                case 1 -> charge.by(Actor.apiKey(one(keys)));
                case 2 -> charge.by(Actor.apiKey(one(keys), one(members)));
                default -> charge;
            };
        }

        private void ask() {
            var events = events(tenant.id());
            for (int i = 0; i < QUESTIONS; i++) {
                var zone = random.nextBoolean() ? zoneOf(tenant) : one(ZONES);
                var unit = random.nextInt(4) == 0 ? Optional.<Unit>empty() : Optional.of(one(List.of(Unit.values())));
                var by = random.nextInt(4) == 0 ? everything() : some();
                var where = random.nextInt(3) == 0 ? group(one(events)).only(some()) : UsageGroup.ALL;
                var request = new SummaryRequest(
                        quarter(Instant.parse("2026-03-26T00:00:00Z").plusSeconds(random.nextInt(10 * 86_400))),
                        quarter(Instant.parse("2026-04-09T00:00:00Z").plusSeconds(random.nextInt(14 * 86_400))),
                        unit,
                        by,
                        where,
                        Optional.empty());
                assertThat(told(summarize(request, zone), unit, zone))
                        .as("%s in %s", request, zone)
                        .isEqualTo(expected(events, request, zone));
            }
        }

        private Set<UsageDimension> everything() {
            return EnumSet.allOf(UsageDimension.class);
        }

        private Set<UsageDimension> some() {
            return Arrays.stream(UsageDimension.values())
                    .filter(dimension -> random.nextInt(4) == 0)
                    .collect(Collectors.toSet());
        }

        private <T> T one(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }
    }

    @Test
    void whoever_looks_while_several_roll_up_sees_each_event_once() {
        for (int i = 0; i < 60; i++) {
            consume(Charge.of(operation, Quantity.of(1)).relatedTo("meeting", "" + i));
        }

        var seen = Together.values(Together.run(4, part -> {
            var counts = new HashSet<Long>();
            for (int i = 0; i < 20; i++) {
                if (part > 0) {
                    allotment.usageRoller().rollUp(3);
                }
                counts.add(count());
            }
            return counts;
        }));
        rollUpAll();

        assertThat(seen).allSatisfy(counts -> assertThat(counts).containsExactly(60L));
        assertThat(count()).isEqualTo(60);
    }

    @Test
    void the_sums_of_events_stay_when_they_are_removed_after_long() {
        consume(Charge.of(operation, Quantity.of(1)));
        rollUpAll();
        consume(Charge.of(operation, Quantity.of(1)));
        var later = START.plus(Duration.ofDays(5_000));

        inPlatform(() -> {
            var before = persistence.retentions().lock(tenant.id()).orElseThrow();
            var checkpoint = before.keysFrom(later).usageFrom(later);
            persistence.retentions().save(checkpoint);
            persistence.retentions().removeDecisions(before, checkpoint);
            persistence.retentions().removeUsage(checkpoint);
        });

        assertThat(events(tenant.id())).isEmpty();
        assertThat(count()).isEqualTo(2);
        rollUpAll();
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void a_tenant_that_moves_keeps_the_days_of_what_was_removed_after_long() {
        // Midnight in Kolkata is 18:30 UTC.
        clock.set(Instant.parse("2026-03-10T18:29:59Z"));
        consume(Charge.of(operation, Quantity.of(1)));
        clock.set(Instant.parse("2026-03-10T18:30:00Z"));
        consume(Charge.of(operation, Quantity.of(2)));
        rollUpAll();
        var later = START.plus(Duration.ofDays(5_000));
        inPlatform(() -> {
            var before = persistence.retentions().lock(tenant.id()).orElseThrow();
            var checkpoint = before.keysFrom(later).usageFrom(later);
            persistence.retentions().save(checkpoint);
            persistence.retentions().removeDecisions(before, checkpoint);
            persistence.retentions().removeUsage(checkpoint);
        });
        assertThat(events(tenant.id())).isEmpty();

        moveTo(KOLKATA);

        var days = new SummaryRequest(
                Instant.parse("2026-03-09T18:30:00Z"),
                Instant.parse("2026-03-11T18:30:00Z"),
                Optional.of(Unit.DAY),
                Set.of(),
                UsageGroup.ALL,
                Optional.empty());
        for (int i = 0; i < 2; i++) {
            assertThat(summarize(days, KOLKATA))
                    .as(i == 0 ? "before its days are made anew" : "after that")
                    .extracting(row -> row.start() + " " + row.amounts().quantity())
                    .containsExactly("2026-03-09T18:30:00Z 1", "2026-03-10T18:30:00Z 2");
            rollUpAll();
        }
        assertThat(allotment.gate().verify().violations())
                .filteredOn(violation -> violation.tenantId().equals(Optional.of(tenant.id())))
                .isEmpty();
    }

    @Test
    void a_rolling_up_that_is_undone_has_not_happened() {
        consume(Charge.of(operation, Quantity.of(1)));

        inPlatformThenUndone(() -> persistence.usageSummaries().rollUp(1_000_000));
        assertThat(count()).isEqualTo(1);
        rollUpAll();

        assertThat(count()).isEqualTo(1);
    }

    @Test
    void a_charge_that_is_undone_is_no_usage() {
        inTenantThenUndone(tenant.id(), () -> consume(Charge.of(operation, Quantity.of(1))));
        rollUpAll();

        assertThat(summarize(whole(Set.of()), Times.UTC)).isEmpty();
    }

    @Test
    void rolling_up_is_the_platforms_work() {
        assertThatThrownBy(() ->
                        inTenant(tenant.id(), () -> persistence.usageSummaries().rollUp(1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void days_begin_at_midnight_where_zones_are_half_an_hour_off() {
        // Midnight in Kolkata is 18:30 UTC.
        clock.set(Instant.parse("2026-03-10T18:29:59.999999Z"));
        consume(Charge.of(operation, Quantity.of(1)));
        clock.set(Instant.parse("2026-03-10T18:30:00Z"));
        consume(Charge.of(operation, Quantity.of(2)));
        moveTo(KOLKATA);
        var days = new SummaryRequest(
                Instant.parse("2026-03-09T18:30:00Z"),
                Instant.parse("2026-03-11T18:30:00Z"),
                Optional.of(Unit.DAY),
                Set.of(),
                UsageGroup.ALL,
                Optional.empty());

        var before = summarize(days, KOLKATA);
        rollUpAll();

        assertThat(before)
                .extracting(row -> row.start() + " " + row.amounts().quantity())
                .containsExactly("2026-03-09T18:30:00Z 1", "2026-03-10T18:30:00Z 2");
        assertThat(summarize(days, KOLKATA)).isEqualTo(before);
    }

    @Test
    void an_hour_in_which_clocks_go_back_by_half_an_hour_is_told_in_its_parts() {
        // On 5 April 2026 at 02:00 clocks of Lord Howe go back to 01:30: at 15:00 UTC.
        for (var time : List.of("14:10", "14:50", "15:10", "15:40")) {
            clock.set(Instant.parse("2026-04-04T" + time + ":00Z"));
            consume(Charge.of(operation, Quantity.of(1)));
        }
        moveTo(LORD_HOWE);
        rollUpAll();
        var hours = new SummaryRequest(
                Instant.parse("2026-04-04T13:00:00Z"),
                Instant.parse("2026-04-04T17:00:00Z"),
                Optional.of(Unit.HOUR),
                Set.of(),
                UsageGroup.ALL,
                Optional.empty());

        assertThat(summarize(hours, LORD_HOWE))
                .extracting(row -> row.start().atZone(LORD_HOWE).toOffsetDateTime() + " "
                        + row.amounts().events())
                .containsExactly("2026-04-05T01:00+11:00 2", "2026-04-05T01:30+10:30 1", "2026-04-05T02:00+10:30 1");
    }

    @Test
    void tokens_and_uncovered_credits_are_counted_with_the_first_line() {
        consume(Charge.of(operation, Quantity.of(1)).and(other, Quantity.of(2)).using("large", TokenCounts.of(10, 20)));
        rollUpAll();

        var rows = summarize(whole(Set.of(UsageDimension.OPERATION)), Times.UTC);

        assertThat(rows)
                .filteredOn(row -> row.group().operation().equals(Optional.of(operation)))
                .extracting(UsageSummary::amounts)
                .containsExactly(new UsageAmounts(
                        1,
                        1,
                        Quantity.of(1),
                        Credits.of("0.5"),
                        Credits.ZERO,
                        Quantity.ZERO,
                        TokenCounts.of(10, 20),
                        Map.of()));
        assertThat(rows)
                .filteredOn(row -> row.group().operation().equals(Optional.of(other)))
                .extracting(UsageSummary::amounts)
                .containsExactly(new UsageAmounts(
                        0, 1, Quantity.of(2), Credits.of(4), Credits.ZERO, Quantity.ZERO, TokenCounts.NONE, Map.of()));
    }

    @Test
    void the_top_are_the_largest_in_what_is_asked_for() {
        var members = Stream.generate(() -> given.member(tenant)).limit(3).toList();
        for (int i = 0; i < 3; i++) {
            for (int times = 0; times <= i; times++) {
                consume(Charge.of(operation, Quantity.of(100L - 49L * i)).by(Actor.user(members.get(i))));
            }
            allotment.usageRoller().rollUp(i);
        }
        var largest = new SummaryRequest(
                START.minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.DAYS),
                START.plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.DAYS),
                Optional.empty(),
                Set.of(UsageDimension.USER),
                UsageGroup.ALL,
                Optional.of(new Top(Measure.EVENTS, 2)));

        // Whoever used least of it used it most often.
        assertThat(summarize(largest, Times.UTC))
                .extracting(row -> row.group().user().orElseThrow())
                .containsExactly(members.get(2), members.get(1));
    }

    @Test
    void costs_are_summed_by_currency_and_the_top_in_one() {
        var dollars = Fixtures.word();
        var euros = Fixtures.word();
        price(dollars, "USD", "1000");
        price(euros, "EUR", "3000");
        consume(Charge.of(operation, Quantity.of(1)).using(dollars, "large", TokenCounts.of(1_500, 0)));
        consume(Charge.of(operation, Quantity.of(1)).using(euros, "large", TokenCounts.of(1_000, 0)));
        allotment.usageRoller().rollUp(1);
        consume(Charge.of(other, Quantity.of(1)).using(dollars, "large", TokenCounts.of(100, 0)));

        var one = summarize(whole(Set.of()), Times.UTC);
        var top = summarize(
                new SummaryRequest(
                        whole(Set.of()).from(),
                        whole(Set.of()).to(),
                        Optional.empty(),
                        Set.of(UsageDimension.PROVIDER),
                        UsageGroup.ALL,
                        Optional.of(new Top(Measure.COST, 1, "EUR"))),
                Times.UTC);

        assertThat(one)
                .extracting(row -> row.amounts().costs())
                .containsExactly(Map.of("USD", new BigDecimal("1.6"), "EUR", new BigDecimal("3")));
        assertThat(top).extracting(row -> row.group().provider().orElseThrow()).containsExactly(euros);
    }

    @Test
    void no_more_rows_are_given_than_asked_for() {
        consume(Charge.of(operation, Quantity.of(1)).and(other, Quantity.of(1)));

        assertThat(inTenant(
                        tenant.id(),
                        () -> persistence
                                .usageSummaries()
                                .summarize(tenant.id(), whole(Set.of(UsageDimension.OPERATION)), Times.UTC, 1)))
                .hasSize(1);
    }

    @Test
    void another_tenant_sees_no_sums() {
        consume(Charge.of(operation, Quantity.of(1)));
        rollUpAll();
        consume(Charge.of(operation, Quantity.of(1)));
        var stranger = given.tenant().id();

        inTenant(stranger, () -> {
            assertThat(persistence.usageSummaries().summarize(tenant.id(), whole(Set.of()), Times.UTC, 10))
                    .isEmpty();
            assertThat(persistence.usageSummaries().summarize(stranger, whole(Set.of()), Times.UTC, 10))
                    .isEmpty();
        });
    }

    /** A provider whose model "large" costs so much for a million tokens, in or out. */
    private void price(String provider, String currency, String rate) {
        allotment.ai().create(AiProvider.of(provider, "Provider"));
        allotment.ai().create(AiModel.of(provider, "large"));
        allotment
                .prices()
                .set(
                        new ModelRef(provider, "large"),
                        List.of(PriceTerms.always(new ModelRates(
                                Map.of(PriceUnit.INPUT, Rate.of(rate), PriceUnit.OUTPUT, Rate.of(rate))))),
                        currency,
                        Optional.empty());
    }

    private void consume(Charge charge) {
        assertThat(allotment
                        .gate()
                        .consume(tenant.id(), Fixtures.key(), charge)
                        .decision()
                        .denial())
                .isEmpty();
    }

    private void moveTo(ZoneId zone) {
        allotment.tenants().update(tenant.id(), Optional.empty(), profile -> in(profile, zone));
    }

    private static TenantProfile in(TenantProfile profile, ZoneId zone) {
        return new TenantProfile(
                profile.name(), profile.slug(), profile.website(), profile.description(), zone, profile.metadata());
    }

    private ZoneId zoneOf(Tenant one) {
        return allotment.tenants().get(one.id()).timeZone();
    }

    private void rollUpAll() {
        while (allotment.usageRoller().rollUp(1_000) > 0) {
            // Others' events are among them.
        }
    }

    private long count() {
        return summarize(whole(Set.of()), Times.UTC).stream()
                .mapToLong(row -> row.amounts().events())
                .sum();
    }

    private SummaryRequest whole(Set<UsageDimension> by) {
        return new SummaryRequest(
                START.minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.DAYS),
                START.plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.DAYS),
                Optional.empty(),
                by,
                UsageGroup.ALL,
                Optional.empty());
    }

    private List<UsageSummary> summarize(SummaryRequest request, ZoneId zone) {
        return inTenant(
                tenant.id(),
                () -> persistence.usageSummaries().summarize(tenant.id(), request, zone, SummaryRequest.MAX_ROWS));
    }

    private List<UsageEvent> events(TenantId of) {
        return allPages(
                PageRequest.MAX_LIMIT,
                page -> inTenant(of, () -> persistence.usage().list(of, UsageFilter.ALL, page)));
    }

    private static Instant quarter(Instant time) {
        return Instant.ofEpochSecond(time.getEpochSecond() / 900 * 900);
    }

    private static UsageGroup group(UsageEvent event) {
        return group(event, event.lines().get(0));
    }

    private static UsageGroup group(UsageEvent event, UsageEvent.Line line) {
        return new UsageGroup(
                Optional.of(line.operation()),
                event.model(),
                event.provider(),
                Optional.of(event.accountId()),
                event.actor().member(),
                event.actor().key(),
                event.relatedTo());
    }

    /** Rows by what the wall clock shows, and in which group. */
    private static Map<String, UsageAmounts> told(List<UsageSummary> rows, Optional<Unit> unit, ZoneId zone) {
        var told = new TreeMap<String, UsageAmounts>();
        for (var row : rows) {
            var before = told.put(clock(row.start(), unit, zone) + " " + named(row.group()), row.amounts());
            assertThat(before).as("two rows of one group at one time").isNull();
        }
        return told;
    }

    /** Line by line, with none of the rules that are tested. */
    private static Map<String, UsageAmounts> expected(List<UsageEvent> events, SummaryRequest request, ZoneId zone) {
        var sums = new TreeMap<String, UsageAmounts>();
        for (var event : events) {
            if (event.at().isBefore(request.from()) || !event.at().isBefore(request.to())) {
                continue;
            }
            for (int i = 0; i < event.lines().size(); i++) {
                var line = event.lines().get(i);
                var group = group(event, line);
                if (request.where().matches(group)) {
                    var amounts = new UsageAmounts(
                            i == 0 ? 1 : 0,
                            1,
                            line.quantity(),
                            line.credits(),
                            i == 0 ? event.uncoveredCredits() : Credits.ZERO,
                            line.quota().map(quota -> quota.above()).orElse(Quantity.ZERO),
                            i == 0 ? event.tokens() : TokenCounts.NONE,
                            i == 0
                                    ? event.cost()
                                            .map(cost -> Map.of(cost.currency(), cost.amount()))
                                            .orElse(Map.of())
                                    : Map.of());
                    sums.merge(
                            clock(event.at(), request.unit(), zone) + " " + named(group.only(request.by())),
                            amounts,
                            UsageAmounts::plus);
                }
            }
        }
        return sums;
    }

    private static String named(UsageGroup group) {
        return group.operation().map(OperationKey::value).orElse("-") + " "
                + group.model().orElse("-") + " " + group.provider().orElse("-") + " "
                + group.account() + group.user() + group.key()
                + group.relatedTo().map(RelatedEntity::id).orElse("-");
    }

    /** The hour with its offset, the day or the month. */
    private static String clock(Instant time, Optional<Unit> unit, ZoneId zone) {
        var local = time.atZone(zone);
        return unit.map(cut -> switch (cut) {
                    case HOUR ->
                        local.toOffsetDateTime().truncatedTo(ChronoUnit.HOURS).toString();
                    case DAY -> local.toLocalDate().toString();
                    case MONTH -> local.getYear() + "-" + local.getMonthValue();
                })
                .orElse("all");
    }
}
