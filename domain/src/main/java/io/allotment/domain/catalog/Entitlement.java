package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Text;

/** What a plan version gives of a feature. */
public sealed interface Entitlement permits Entitlement.Switch, Entitlement.Value, Entitlement.Metered {

    FeatureKey feature();

    /** A boolean feature, on or off. */
    record Switch(FeatureKey feature, boolean enabled) implements Entitlement {
        public Switch {
            requireNonNull(feature, "feature");
        }
    }

    /** A config feature's value, 1 to 200 characters. */
    record Value(FeatureKey feature, String value) implements Entitlement {
        public Value {
            requireNonNull(feature, "feature");
            value = Text.name("value", value, 200);
        }
    }

    /** A metered feature's quota. */
    record Metered(FeatureKey feature, Quota quota) implements Entitlement {
        public Metered {
            requireNonNull(feature, "feature");
            requireNonNull(quota, "quota");
        }
    }
}
