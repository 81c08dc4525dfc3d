package io.allotment.persistence.memory;

import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.InvalidValue;
import java.util.Comparator;
import java.util.regex.Pattern;

/** Where in a quota's history a line stands: by the change's or decision's id, then by the line within the decision. */
record HistoryPosition(String id, int line) implements Comparable<HistoryPosition> {

    private static final Pattern FORM = Pattern.compile("([^.]+)\\.([0-9]{1,3})");
    private static final Comparator<HistoryPosition> ORDER =
            Comparator.comparing(HistoryPosition::id).thenComparingInt(HistoryPosition::line);

    static HistoryPosition read(String after) {
        var parts = FORM.matcher(after);
        if (!parts.matches()) {
            throw new InvalidValue("after", "is not where a page of this listing ended");
        }
        return new HistoryPosition(Id.parse("after", parts.group(1)).toString(), Integer.parseInt(parts.group(2)));
    }

    @Override
    public int compareTo(HistoryPosition other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return id + "." + line;
    }
}
