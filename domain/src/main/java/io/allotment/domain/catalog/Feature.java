package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.util.Optional;

/**
 * A capability sold by plans.
 *
 * @param unit what a metered feature counts ({@code minute}, {@code seat}); empty for the other kinds
 */
public record Feature(FeatureKey key, String name, Optional<String> description, Kind kind, Optional<String> unit) {

    /** How a plan gives a feature. */
    public enum Kind {
        /** On or off. */
        BOOLEAN,
        /** A value, such as {@code 1080p}. */
        CONFIG,
        /** Used up, and full again in the next period by its reset policy: minutes, syncs. */
        CONSUMED,
        /** Held while it exists and given back when it goes: seats, connected accounts. Never resets by time. */
        ALLOCATED;

        public boolean isMetered() {
            return this == CONSUMED || this == ALLOCATED;
        }
    }

    public Feature {
        requireNonNull(key, "key");
        name = Text.name("name", name, 100);
        description = description.map(text -> Text.prose("description", text, 2_000));
        requireNonNull(kind, "kind");
        unit = unit.map(text -> Text.name("unit", text, 50));
        if (kind.isMetered() != unit.isPresent()) {
            throw new InvalidValue(
                    "unit", kind.isMetered() ? "must be given for a metered feature" : "is only for metered features");
        }
    }

    /** A consumed feature, in plain words. */
    public static Feature consumed(String key, String name, String unit) {
        return new Feature(new FeatureKey(key), name, Optional.empty(), Kind.CONSUMED, Optional.of(unit));
    }

    /** Whether what is used of it above a quota can be billed; what is held is paid by quantity. */
    public boolean isBilledByUse() {
        return kind == Kind.CONSUMED;
    }

    /** This feature with another one's name, description and unit; refuses another key or kind. */
    public Feature changedTo(Feature changed) {
        if (!changed.key.equals(key)) {
            throw new InvalidValue("key", "cannot be changed");
        }
        if (changed.kind != kind) {
            throw new InvalidValue("kind", "cannot be changed; make a new feature");
        }
        return changed;
    }

    /** Refuses an entitlement of another kind than this feature's. */
    void requireFitting(String field, Entitlement entitlement) {
        boolean fits = switch (kind) {
            case BOOLEAN -> entitlement instanceof Entitlement.Switch;
            case CONFIG -> entitlement instanceof Entitlement.Value;
            case CONSUMED -> entitlement instanceof Entitlement.Metered;
            case ALLOCATED ->
                entitlement instanceof Entitlement.Metered metered
                        && metered.quota().reset() == Quota.Reset.NEVER;
        };
        if (!fits) {
            throw new InvalidValue(
                    field,
                    "does not fit the feature " + key + ", which is " + kind + ": it takes "
                            + switch (kind) {
                                case BOOLEAN -> "enabled";
                                case CONFIG -> "value";
                                case CONSUMED -> "quota";
                                case ALLOCATED -> "quota, with the reset policy NEVER";
                            });
        }
    }
}
