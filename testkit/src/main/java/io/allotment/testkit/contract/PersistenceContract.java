package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.access.AccessCache;
import io.allotment.application.ai.PriceCache;
import io.allotment.application.catalog.DefinitionCache;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.UuidV7;
import io.allotment.domain.Persistence;
import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What the suites share: the persistence under test, a façade over it on a clock that stands, and the questions all ports answer alike. */
@ExtendWith(PersistenceContract.Wiring.class)
@Timeout(120)
public abstract class PersistenceContract {

    /** A Tuesday in the middle of a month, with microseconds, as fine as any adapter keeps time. */
    static final Instant START = Instant.parse("2026-03-10T09:30:00.123456Z");

    /** Everything open JSON can hold. */
    static final Document DOCUMENT = new Document(Map.of(
            "text",
            "Grüße, \"世界\" 🎈",
            "number",
            12.5,
            "huge",
            Long.MAX_VALUE,
            "yes",
            true,
            "list",
            Arrays.asList(1, "two", null, List.of(), Map.of("three", 3)),
            "nested",
            Map.of("deeper", Map.of("deepest", List.of("here")))));

    Persistence persistence;
    TestClock clock;
    Ids ids;
    Allotment allotment;
    Fixtures given;

    static final class Wiring implements BeforeEachCallback {

        @Override
        public void beforeEach(ExtensionContext context) {
            var instances = context.getRequiredTestInstances();
            var adapter = instances
                    .findInstance(PersistenceUnderTest.class)
                    .orElseThrow(() -> new IllegalStateException(
                            "The suites are nested in a class that implements " + PersistenceUnderTest.class));
            instances.findInstance(PersistenceContract.class).orElseThrow().wire(adapter.persistence());
        }
    }

    private void wire(Persistence underTest) {
        persistence = underTest;
        clock = TestClock.at(START);
        ids = new UuidV7(clock, new SecureRandom());
        allotment = Allotment.with(persistence).clock(clock).ids(ids).build();
        given = Fixtures.in(allotment);
    }

    /** The catalogue as it was when the state was read. */
    Definitions definitions(GateState state) {
        return new DefinitionCache(
                        persistence, new AccessCache(persistence, new Moments(clock)), new PriceCache(persistence))
                .at(state, state.tenants().keySet().iterator().next());
    }

    <T> T inTenant(TenantId tenant, Supplier<T> work) {
        return persistence.unitOfWork().forTenant(tenant, work);
    }

    void inTenant(TenantId tenant, Runnable work) {
        persistence.unitOfWork().forTenant(tenant, work);
    }

    <T> T inPlatform(Supplier<T> work) {
        return persistence.unitOfWork().forPlatform(work);
    }

    void inPlatform(Runnable work) {
        persistence.unitOfWork().forPlatform(work);
    }

    /** Runs the work in the platform's unit, and takes back all it did: for what would get in other tests' way. */
    void inPlatformThenUndone(Runnable work) {
        assertThatThrownBy(() -> inPlatform(() -> {
                    work.run();
                    throw new Undone();
                }))
                .isInstanceOf(Undone.class);
    }

    /** Does the work in a tenant's unit that then fails. */
    void inTenantThenUndone(TenantId tenant, Runnable work) {
        assertThatThrownBy(() -> inTenant(tenant, () -> {
                    work.run();
                    throw new Undone();
                }))
                .isInstanceOf(Undone.class);
    }

    static final class Undone extends RuntimeException {
        Undone() {
            super("undone by the test");
        }
    }

    /** Whatever its kind, an error must come of it. */
    static void assertImpossible(ThrowingCallable work) {
        assertThatThrownBy(work).isInstanceOf(RuntimeException.class);
    }

    /** Reads a listing to its end, page by page. */
    static <T> List<T> allPages(int limit, Function<PageRequest, Page<T>> listing) {
        var all = new ArrayList<T>();
        Optional<String> after = Optional.empty();
        do {
            var page = listing.apply(new PageRequest(limit, after));
            if (page.next().isPresent()) {
                assertThat(page.items()).hasSize(limit);
            } else {
                assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            }
            all.addAll(page.items());
            assertThat(all).as("a listing that does not end").hasSizeLessThan(100_000);
            after = page.next();
        } while (after.isPresent());
        return all;
    }

    /** Pages of every size give the same items in the same order; a position that is none is refused. */
    static <T> void assertListing(List<T> expected, Function<PageRequest, Page<T>> listing) {
        for (int limit : new int[] {1, 2, 3, expected.size(), PageRequest.MAX_LIMIT}) {
            assertThat(allPages(limit, listing)).as("in pages of %d", limit).isEqualTo(expected);
        }
        assertRefusesNonsense(listing);
    }

    /** The same for a listing that holds others' items too. */
    static <T> void assertListingHolds(List<T> expected, Function<PageRequest, Page<T>> listing) {
        for (int limit : new int[] {2, PageRequest.MAX_LIMIT}) {
            var own =
                    allPages(limit, listing).stream().filter(expected::contains).toList();
            assertThat(own).as("in pages of %d", limit).isEqualTo(expected);
        }
        assertRefusesNonsense(listing);
    }

    private static <T> void assertRefusesNonsense(Function<PageRequest, Page<T>> listing) {
        assertThatThrownBy(() -> listing.apply(new PageRequest(2, Optional.of("No such position!"))))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("after"));
    }
}
