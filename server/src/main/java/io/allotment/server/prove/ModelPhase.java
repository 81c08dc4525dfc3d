package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.domain.credit.CreditBalance;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.PageRequest;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Many threads do everything at once; at each barrier what they did is done again by the model, one after the other in the
 * order in which it happened, and every answer, every ledger line, balance, quota and spend limit must be the model's. Then
 * the clock moves on.
 */
final class ModelPhase {

    /** What one world remembers is bounded by its length; then comes another. */
    private static final int MAX_BARRIERS = 60;

    private static final List<ZoneId> ZONES =
            List.of(ZoneId.of("UTC"), ZoneId.of("Europe/Berlin"), ZoneId.of("America/New_York"));

    private final String name;
    private final Findings findings;
    private final SplittableRandom random;
    private final List<Persistence> processes;
    private final Crew crew;
    private final int actsAtOnce;

    /** When things happen. */
    interface Times {
        Instant start();

        List<ZoneId> zones();

        /** The next present, or empty at the end of time. */
        Optional<Instant> next(Instant now);

        /** When grants and leases should end. */
        List<Instant> ends();
    }

    /** @param processes several ways to one database, as several processes would have it */
    ModelPhase(
            String name,
            Findings findings,
            SplittableRandom random,
            List<Persistence> processes,
            Crew crew,
            int actsAtOnce) {
        this.name = name;
        this.findings = findings;
        this.random = random;
        this.processes = processes;
        this.crew = crew;
        this.actsAtOnce = actsAtOnce;
    }

    /** Times that go on in steps of any length, from a 31st of January on. */
    static Times anyTimes(SplittableRandom random) {
        return new Times() {
            @Override
            public Instant start() {
                return Instant.parse("2027-01-31T12:00:00Z").plusSeconds(random.nextInt(86_400));
            }

            @Override
            public List<ZoneId> zones() {
                return ZONES;
            }

            @Override
            public Optional<Instant> next(Instant now) {
                return Optional.of(
                        switch (random.nextInt(5)) {
                            case 0 -> now;
                            case 1 -> now.plusNanos(1_000L * (1 + random.nextInt(1_000_000)));
                            case 2 -> now.plusSeconds(random.nextInt(3_600));
                            case 3 -> now.plusSeconds(random.nextInt(86_400));
                            default -> now.plusSeconds(random.nextInt(10 * 86_400));
                        });
            }

            @Override
            public List<Instant> ends() {
                return List.of();
            }
        };
    }

    /** One world, until its end or that of the span; at least two barriers. */
    void run(Times times, Span span) {
        var clock = new ProofClock(times.start());
        var numbers = new Recording.Numbers();
        var recordings = processes.stream()
                .map(persistence -> new Recording(persistence, numbers))
                .toList();
        var allotments = recordings.stream()
                .map(recording -> Allotment.with(recording).clock(clock).build())
                .toList();
        var world = new World(allotments.get(0), Catalogue.full(allotments.get(0)), times.zones());
        var actors = new ArrayList<Acting>();
        for (int i = 0; i < crew.size(); i++) {
            int process = i % processes.size();
            actors.add(
                    new Acting(world, allotments.get(process), recordings.get(process), random.split(), times.ends()));
        }
        var looked = new HashMap<String, Long>();
        for (int barrier = 0; barrier < 2 || barrier < MAX_BARRIERS && !span.isOver(); barrier++) {
            crew.all(member -> {
                for (int i = 0; i < actsAtOnce; i++) {
                    actors.get(member).act();
                }
            });
            long before = findings.count(Findings.Kind.DIVERGENCE);
            compare(world, recordings, actors);
            if (findings.count(Findings.Kind.DIVERGENCE) == before) {
                look(world, allotments.get(barrier % allotments.size()), looked, clock.instant());
            }
            if (findings.count(Findings.Kind.DIVERGENCE) > before) {
                // From here on they go different ways, and differences say nothing more.
                break;
            }
            var next = times.next(clock.instant());
            if (next.isEmpty()) {
                break;
            }
            clock.set(next.get());
        }
    }

    private void compare(World world, List<Recording> recordings, List<Acting> actors) {
        var timeline = new Timeline();
        var decided = new HashMap<String, List<String>>();
        for (var recording : recordings) {
            for (var step : recording.drain()) {
                var key = step.call().tenantId() + " " + step.call().key().orElseThrow();
                var told = Told.of(step.outcome());
                findings.answered(Told.kind(step.outcome()));
                decided.computeIfAbsent(key, k -> new ArrayList<>()).add(told);
                timeline.add(new Timeline.Event(
                        "key " + key + ", " + step.call().request(),
                        step.since(),
                        step.number(),
                        step.position(),
                        told,
                        () -> world.model.withoutEffect(step.call(), step.now()),
                        () -> world.model.decide(step.call(), step.now())));
            }
        }
        for (var actor : actors) {
            actor.deeds.forEach(deed -> findings.answered(deed.kind()));
            actor.deeds.forEach(deed -> timeline.add(new Timeline.Event(
                    "account " + deed.account() + ", " + deed.what(),
                    deed.isRefused() ? deed.since() : deed.number(),
                    deed.number(),
                    0,
                    deed.got(),
                    () -> deed.refused(world.model),
                    () -> deed.mirrored(world.model))));
            for (var got : actor.got) {
                var answers = decided.getOrDefault(got.tenant() + " " + got.key(), List.of());
                if (!answers.remove(got.told())) {
                    diverges("what the caller got for key " + got.key(), "one of " + answers, got.told());
                }
            }
            findings.operations(actor.deeds.size() + actor.got.size());
            actor.deeds.clear();
            actor.got.clear();
        }
        timeline.replay((event, expected) -> diverges(event.what(), expected, event.told()));
    }

    /** Everything that is stored, beside what the model has. */
    private void look(World world, Allotment allotment, HashMap<String, Long> looked, Instant now) {
        for (var customer : world.customers) {
            var likeness = world.model.tenants.get(customer.tenant.toString());
            for (var account : customer.accounts) {
                var mine = likeness.accounts.get(account.toString());
                var where = "account " + account + " of tenant " + customer.tenant;

                var lines = new ArrayList<String>();
                Optional<String> after = Optional.empty();
                long known = looked.getOrDefault(
                        account.toString(),
                        mine.credits().sequence - mine.credits().written.size());
                do {
                    var page = allotment
                            .credits()
                            .listEntries(customer.tenant, account, EntryFilter.ALL, new PageRequest(200, after));
                    page.items().stream()
                            .filter(entry -> entry.sequence() > known)
                            .forEach(entry -> lines.add(Told.of(entry)));
                    after = page.next().filter(more -> oldest(page.items()) > known);
                } while (after.isPresent());
                Collections.reverse(lines);
                compareLines(where, mine.credits().written, lines);
                looked.put(account.toString(), known + lines.size());
                mine.credits().written.clear();

                // What time alone has done is seen before it is written.
                var present = likeness.present(mine, now);
                var balance = allotment.credits().balance(customer.tenant, account);
                compare(where, expected(present.credits(), now), balance(balance));
                for (var quota : allotment.quotas().list(customer.tenant, account)) {
                    var counter = present.rolled(quota.feature().value(), quota.quota(), now);
                    compare(
                            where + ", " + quota.feature(),
                            "used " + Told.plain(counter.used) + ", overage " + Told.plain(counter.overage) + ", held "
                                    + Told.plain(counter.held) + " from " + counter.start + " to " + counter.end,
                            "used " + quota.used() + ", overage " + quota.overage() + ", held " + quota.held()
                                    + " from " + quota.period().start() + " to "
                                    + quota.period().end().orElse(null));
                }
            }
            lookAtLimits(customer, likeness, allotment, now);
        }
    }

    private static long oldest(List<CreditEntry> newestFirst) {
        return newestFirst.get(newestFirst.size() - 1).sequence();
    }

    private void lookAtLimits(World.Customer customer, ModelTenant likeness, Allotment allotment, Instant now) {
        for (SpendLimit limit : allotment
                .spendLimits()
                .list(customer.tenant, PageRequest.first(100))
                .items()) {
            var spender = limit.spender().id().toString();
            likeness.limits.stream()
                    .filter(mine -> mine.spender.equals(spender))
                    .forEach(mine -> compare(
                            "spend limit of " + spender,
                            Told.plain(mine.spent(now)),
                            Told.plain(limit.spent().value())));
        }
    }

    private static String expected(ModelCredits credits, Instant now) {
        return "balance " + Told.plain(credits.balance) + ", held " + Told.plain(credits.held) + ", available "
                + Told.plain(credits.available(now)) + ", overdraft " + Told.plain(credits.overdraft) + " of "
                + Told.plain(credits.overdraftLimit);
    }

    private static String balance(CreditBalance balance) {
        return "balance " + balance.balance() + ", held " + balance.held() + ", available " + balance.available()
                + ", overdraft " + balance.overdraft() + " of " + balance.overdraftLimit();
    }

    /** The first line that differs says all: those after it follow from it. */
    private void compareLines(String where, List<String> expected, List<String> got) {
        for (int i = 0; i < Math.max(expected.size(), got.size()); i++) {
            var mine = i < expected.size() ? expected.get(i) : "nothing";
            var theirs = i < got.size() ? got.get(i) : "nothing";
            if (!mine.equals(theirs)) {
                diverges("ledger of " + where, mine, theirs);
                return;
            }
        }
    }

    private void compare(String where, String expected, String got) {
        if (!expected.equals(got)) {
            diverges(where, expected, got);
        }
    }

    private void diverges(String where, String expected, String got) {
        findings.found(Findings.Kind.DIVERGENCE, name + ": " + where, expected, got);
    }
}
