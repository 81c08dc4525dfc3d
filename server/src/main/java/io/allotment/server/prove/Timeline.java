package io.allotment.server.prove;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * What happened between two barriers, in the order in which the model does it again.
 *
 * <p>What changed something has its place: the number it took. What changed nothing may have seen the state before a change
 * with a lower number that was decided already and not yet committed. So it is right if it is right anywhere between the
 * beginning of the first that was under way when it began and its own number, and takes the first such place.
 */
final class Timeline {

    private static final Comparator<Event> IN_ORDER =
            Comparator.comparingLong(Event::number).thenComparingInt(Event::position);

    /**
     * @param since from where on it may have its place; its number, where it changed something
     * @param position among those with the same number
     * @param told how it was answered
     * @param withoutEffect how the model would answer now, if it is something that changes nothing; it stays undone
     * @param again has the model do it: how it answers
     */
    record Event(
            String what,
            long since,
            long number,
            int position,
            String told,
            Supplier<Optional<String>> withoutEffect,
            Supplier<String> again) {

        boolean fits() {
            return withoutEffect.get().filter(told::equals).isPresent();
        }
    }

    private final List<Event> events = new ArrayList<>();

    void add(Event event) {
        events.add(event);
    }

    /** Until the first that was answered otherwise than by the model: those after it say nothing more. */
    void replay(BiConsumer<Event, String> divergence) {
        var begun = new ArrayList<>(events);
        begun.sort(Comparator.comparingLong(Event::since).thenComparingInt(Event::position));
        var numbered = new ArrayList<>(events);
        numbered.sort(IN_ORDER);
        var open = new ArrayList<Event>();
        int next = 0;
        for (var event : numbered) {
            for (; next < begun.size() && begun.get(next).since() <= event.number(); next++) {
                open.add(begun.get(next));
                settle(open);
            }
            if (!open.remove(event)) {
                continue;
            }
            var expected = event.again().get();
            if (!expected.equals(event.told())) {
                divergence.accept(event, expected);
                return;
            }
            settle(open);
        }
    }

    /** Does what is right here, and may be here. */
    private static void settle(List<Event> open) {
        open.sort(IN_ORDER);
        open.removeIf(event -> {
            boolean placed = event.since() < event.number() && event.fits();
            if (placed) {
                event.again().get();
            }
            return placed;
        });
    }
}
