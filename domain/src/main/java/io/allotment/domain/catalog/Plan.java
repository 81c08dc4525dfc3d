package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.Text;
import java.util.Optional;

/**
 * A plan as customers choose it. What it gives stands in its versions, which never change; this much may.
 *
 * @param active whether accounts may newly subscribe
 * @param featured whether a price page should stress it
 * @param sortOrder where it stands on a price page, lowest first
 * @param defaultPlan whether new accounts start on it, free; at most one plan is
 */
public record Plan(
        PlanKey key,
        String name,
        Optional<String> description,
        boolean active,
        boolean featured,
        int sortOrder,
        boolean defaultPlan) {

    public Plan {
        requireNonNull(key, "key");
        name = Text.name("name", name, 100);
        description = description.map(text -> Text.prose("description", text, 2_000));
    }

    /** An active plan, in plain words. */
    public static Plan of(String key, String name) {
        return new Plan(new PlanKey(key), name, Optional.empty(), true, false, 0, false);
    }

    /** The same as what new accounts start on. */
    public Plan asDefault() {
        return new Plan(key, name, description, active, featured, sortOrder, true);
    }

    /** The changed plan; refuses another key. */
    public Plan changedTo(Plan changed) {
        if (!changed.key.equals(key)) {
            throw new InvalidValue("key", "cannot be changed");
        }
        return changed;
    }
}
