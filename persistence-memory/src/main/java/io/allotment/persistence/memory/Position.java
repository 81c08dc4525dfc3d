package io.allotment.persistence.memory;

import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;

/** How a page's end is told: the last part of the last row's key, in its usual form. */
enum Position {
    ID {
        @Override
        String part(String after) {
            return Id.parse("after", after).toString();
        }
    },
    KEY {
        @Override
        String part(String after) {
            return Text.key("after", after);
        }
    },
    NUMBER {
        @Override
        String part(String after) {
            if (!after.matches("[0-9]{1,18}")) {
                throw new InvalidValue("after", "is not where a page of this listing ended");
            }
            return Key.text(Long.parseLong(after));
        }

        @Override
        String after(String part) {
            return Long.toString(Long.parseLong(part));
        }
    };

    /** The part of the key that the request's text stands for; refuses a text that stands for none, as {@code after}. */
    abstract String part(String after);

    String after(String part) {
        return part;
    }
}
