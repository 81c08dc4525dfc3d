package io.allotment.persistence.memory;

import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a page's end is told: the parts of the last row's key that go on from the listing's, in their usual form, with dots
 * between them.
 */
enum Position {
    ID(Part.ID),
    KEY(Part.KEY),
    PERMISSION(Part.PERMISSION),
    /** A user and one of a few names. */
    ID_AND_NAME(Part.ID, Part.NAME),
    /** A tenant and what it has. */
    ID_AND_ID(Part.ID, Part.ID),
    /** A tenant and a job. */
    ID_AND_JOB(Part.ID, Part.JOB),
    NUMBER(Part.NUMBER),
    ID_AND_NUMBER(Part.ID, Part.NUMBER),
    /** A spender's kind and id, and a window. */
    SPEND_LIMIT(Part.NAME, Part.ID, Part.NAME),
    /** Two free texts, such as a related entity's type and id. */
    TEXTS(Part.BYTES, Part.BYTES),
    /** A time in microseconds, and two free texts. */
    TIME_AND_NAMES(Part.NUMBER, Part.BYTES, Part.BYTES),
    /** A free text. */
    TEXT(Part.BYTES);

    private enum Part {
        ID {
            @Override
            String read(String told) {
                return Id.parse("after", told).toString();
            }
        },
        KEY {
            @Override
            String read(String told) {
                return Text.key("after", told);
            }
        },
        PERMISSION {
            @Override
            String read(String told) {
                return matching("[a-z0-9_.-]{1,50}:[a-z0-9_.-]{1,50}", told);
            }
        },
        NUMBER {
            @Override
            String read(String told) {
                return Key.text(Long.parseLong(matching("[0-9]{1,18}", told)));
            }

            @Override
            String tell(String part) {
                return Long.toString(Long.parseLong(part));
            }
        },
        JOB {
            @Override
            String read(String told) {
                return matching("[a-z]+(-[a-z]+)*", told);
            }
        },
        /** One of a few names. */
        NAME {
            @Override
            String read(String told) {
                return matching("[A-Z_]+", told);
            }
        },
        /** A free text, {@link Key#bytes}. */
        BYTES {
            @Override
            String read(String told) {
                return matching("([0-9a-f]{2})+", told);
            }
        };

        /** The part of the key that is told so; refuses a text that tells none. */
        abstract String read(String told);

        String tell(String part) {
            return part;
        }

        private static String matching(String form, String told) {
            if (!Pattern.matches(form, told)) {
                throw notOfThisListing();
            }
            return told;
        }
    }

    private final List<Part> parts;

    Position(Part... parts) {
        this.parts = List.of(parts);
    }

    /** What a row's key goes on with; refuses a text that tells no such thing, as {@code after}. */
    List<String> read(String after) {
        // The last part, which may be the only one, may have dots in it.
        var told = after.split("\\.", parts.size());
        if (told.length != parts.size()) {
            throw notOfThisListing();
        }
        var read = new ArrayList<String>(told.length);
        for (int i = 0; i < told.length; i++) {
            read.add(parts.get(i).read(told[i]));
        }
        return read;
    }

    String tell(Key row) {
        var last = row.last(parts.size());
        var told = new ArrayList<String>(last.size());
        for (int i = 0; i < last.size(); i++) {
            told.add(parts.get(i).tell(last.get(i)));
        }
        return String.join(".", told);
    }

    private static InvalidValue notOfThisListing() {
        return new InvalidValue("after", "is not where a page of this listing ended");
    }
}
