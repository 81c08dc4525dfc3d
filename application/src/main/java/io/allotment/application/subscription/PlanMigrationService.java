package io.allotment.application.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.CreditPolicy;
import io.allotment.domain.subscription.PlanChange;
import io.allotment.domain.subscription.PlanMigration;
import io.allotment.domain.subscription.Subscriptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the subscribers of a plan to another version of it, portion by portion, each subscriber in a unit of work of their own: what
 * cannot be done for one is told, and stops no other. Whoever breaks off begins anew, or goes on behind the last portion; nobody is
 * changed twice. Thread-safe.
 */
public final class PlanMigrationService {

    private static final Logger LOG = LoggerFactory.getLogger(PlanMigrationService.class);

    private final Persistence persistence;
    private final SubscriptionService subscriptions;
    private final Ids ids;
    private final Acting acting;

    public PlanMigrationService(Persistence persistence, SubscriptionService subscriptions, Ids ids, Acting acting) {
        this.persistence = persistence;
        this.subscriptions = subscriptions;
        this.ids = ids;
        this.acting = acting;
    }

    /** When it happens. */
    public enum When {
        NOW,
        /** With each one's next period. */
        PERIOD_END
    }

    /**
     * Whom to take where.
     *
     * @param from the version whose subscribers are meant; those of all other versions where it is empty
     * @param to the plan's newest version where it is empty
     * @param credits what becomes of the credits; said where it happens now, and only there
     * @param price for those whose own price the version does not have
     */
    public record Wish(
            PlanKey plan,
            Optional<Integer> from,
            Optional<Integer> to,
            When at,
            Optional<CreditPolicy> credits,
            Optional<PriceKey> price) {

        public Wish {
            requireNonNull(plan, "plan");
            requireNonNull(at, "at");
            requireNonNull(price, "price");
            if (credits.isPresent() != (at == When.NOW)) {
                throw new InvalidValue(
                        "creditPolicy",
                        credits.isPresent()
                                ? "goes with a change now; at the period's end nothing moves"
                                : "is needed for a change now: it says what becomes of the credits");
            }
        }
    }

    /** For whom it was refused. */
    public record Refused(TenantId tenantId, AccountId accountId, SubscriptionId id, String code, String reason) {}

    /**
     * What came of it.
     *
     * @param subscribers how many were looked at
     * @param changed how many were taken along: they are there, or will be with their next period
     * @param unchanged for how many there was nothing to do: done before, or gone meanwhile
     * @param granted included credits that came with it
     * @param clawedBack included credits that were taken back
     * @param chargesMinor what is due for it by currency, in minor units; what goes back is taken off
     */
    public record Result(
            int subscribers,
            int changed,
            int unchanged,
            Credits granted,
            Credits clawedBack,
            Map<String, Long> chargesMinor,
            List<Refused> refused) {

        public static final Result NONE = new Result(0, 0, 0, Credits.ZERO, Credits.ZERO, Map.of(), List.of());

        public Result {
            chargesMinor = Map.copyOf(chargesMinor);
            refused = List.copyOf(refused);
        }

        /** Both together. */
        public Result plus(Result other) {
            var charges = new TreeMap<>(chargesMinor);
            other.chargesMinor.forEach((currency, minor) -> charges.merge(currency, minor, Math::addExact));
            var both = new ArrayList<>(refused);
            both.addAll(other.refused);
            return new Result(
                    subscribers + other.subscribers,
                    changed + other.changed,
                    unchanged + other.unchanged,
                    granted.plus(other.granted),
                    clawedBack.plus(other.clawedBack),
                    charges,
                    both);
        }

        private static Result of(PlanChange change) {
            var charges = change.currency()
                    .filter(currency -> change.chargeMinor() != 0)
                    .map(currency -> Map.of(currency, change.chargeMinor()))
                    .orElse(Map.of());
            return new Result(1, 1, 0, change.granted(), change.clawedBack(), charges, List.of());
        }

        private static Result nothing() {
            return new Result(1, 0, 1, Credits.ZERO, Credits.ZERO, Map.of(), List.of());
        }

        private static Result refused(Subscriptions.Ref ref, String code, String reason) {
            var refused = new Refused(ref.tenantId(), ref.accountId(), ref.id(), code, reason);
            return new Result(1, 0, 0, Credits.ZERO, Credits.ZERO, Map.of(), List.of(refused));
        }
    }

    /** @param next where the next portion begins, as {@link PageRequest#after()}; empty after the last one */
    public record Portion(Result result, Optional<String> next) {}

    /** What would come of a portion, without any effect. Refuses an unknown plan, version or price. */
    public Portion preview(Wish wish, PageRequest page) {
        acting.requireReadsAll();
        return each(wish, page, subscriptions::previewMigration);
    }

    /**
     * Does a portion of it. The tenants' audit logs tell of each one's change, the platform's of the portion. Refuses an unknown
     * plan, version or price.
     */
    public Portion migrate(Wish wish, PageRequest page) {
        acting.requireOperator();
        var portion = each(wish, page, subscriptions::migrate);
        if (portion.result().changed() > 0) {
            record(wish, portion.result());
        }
        return portion;
    }

    /** What is done for one subscriber; empty where nothing is. */
    private interface Step {
        Optional<PlanChange> of(TenantId tenant, AccountId account, PlanMigration migration);
    }

    /** The versions to take subscribers from, by their numbers, and what to do. */
    private record Plan(TreeMap<Integer, PlanVersionId> sources, PlanMigration migration) {}

    private Portion each(Wish wish, PageRequest page, Step step) {
        var plan = persistence.unitOfWork().forPlatform(() -> plan(wish));
        var here = page.after().map(Place::parse).orElse(new Place(0, Optional.empty()));
        var version = plan.sources().ceilingEntry(here.version());
        if (version == null) {
            return new Portion(Result.NONE, Optional.empty());
        }
        var after = here.after().filter(last -> version.getKey() == here.version());
        var listed = persistence
                .unitOfWork()
                .forPlatform(() -> persistence
                        .subscriptions()
                        .listSubscribers(version.getValue(), new PageRequest(page.limit(), after)));
        var result = listed.items().stream()
                .map(ref -> one(ref, plan.migration(), step))
                .reduce(Result.NONE, Result::plus);
        var next = listed.next()
                .map(last -> new Place(version.getKey(), Optional.of(last)))
                .or(() -> Optional.ofNullable(plan.sources().higherKey(version.getKey()))
                        .map(number -> new Place(number, Optional.empty())));
        return new Portion(result, next.map(Place::toString));
    }

    private Result one(Subscriptions.Ref ref, PlanMigration migration, Step step) {
        try {
            return step.of(ref.tenantId(), ref.accountId(), migration)
                    .map(Result::of)
                    .orElseGet(Result::nothing);
        } catch (Unavailable away) {
            throw away;
        } catch (NotFound gone) {
            return Result.nothing();
        } catch (Refusal no) {
            return Result.refused(ref, no.code(), no.getMessage());
        } catch (RuntimeException failure) {
            var reference = ids.next().toString();
            LOG.warn("The subscription {} could not be migrated; reference {}", ref.id(), reference, failure);
            return Result.refused(ref, "failed", "It failed; the log tells more under " + reference + ".");
        }
    }

    private Plan plan(Wish wish) {
        if (persistence.catalog().findPlan(wish.plan()).isEmpty()) {
            throw new NotFound("plan", wish.plan());
        }
        var versions = persistence.catalog().listVersions(wish.plan());
        var target = wish.to()
                .map(number -> version(versions, number, "toVersion"))
                .or(() -> versions.stream().max(Comparator.comparing(PlanVersion::number)))
                .orElseThrow(() -> new Unknown("plan version", "toVersion", "of plan " + wish.plan()));
        wish.from().ifPresent(number -> {
            if (version(versions, number, "fromVersion").equals(target)) {
                throw new InvalidValue("fromVersion", "is the version to take them to");
            }
        });
        var sources = versions.stream()
                .filter(version -> version.number() != target.number())
                .filter(version ->
                        wish.from().filter(number -> number != version.number()).isEmpty())
                .collect(Collectors.toMap(PlanVersion::number, PlanVersion::id, (a, b) -> a, TreeMap::new));
        return new Plan(sources, new PlanMigration(target, Set.copyOf(sources.values()), wish.credits(), wish.price()));
    }

    private static PlanVersion version(List<PlanVersion> versions, int number, String field) {
        return versions.stream()
                .filter(version -> version.number() == number)
                .findFirst()
                .orElseThrow(() -> new Unknown("plan version", field, number));
    }

    private void record(Wish wish, Result result) {
        persistence
                .unitOfWork()
                .forPlatform(() -> acting.record(AuditEvent.of("plan.subscribers-migrated", "plan", wish.plan())
                        .to(AuditValues.of("from", wish.from())
                                .and("to", wish.to())
                                .and("at", wish.at())
                                .and("creditPolicy", wish.credits())
                                .and("price", wish.price())
                                .and("changed", result.changed())
                                .and("unchanged", result.unchanged())
                                .and("refused", result.refused().size())
                                .and("granted", result.granted())
                                .and("clawedBack", result.clawedBack())
                                .and("chargesMinor", result.chargesMinor())
                                .map())));
    }

    /**
     * Where a portion ended.
     *
     * @param after the last subscription looked at; empty for the version's beginning
     */
    private record Place(int version, Optional<String> after) {

        static Place parse(String text) {
            var parts = text.split("-", 2);
            if (!parts[0].matches("[0-9]{1,9}")) {
                throw new InvalidValue("after", "is not where a portion ended");
            }
            return new Place(
                    Integer.parseInt(parts[0]),
                    Optional.of(parts).filter(p -> p.length == 2).map(p -> p[1]));
        }

        @Override
        public String toString() {
            return version + after.map(last -> "-" + last).orElse("");
        }
    }
}
