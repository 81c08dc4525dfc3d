package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Text;
import java.util.Optional;

/**
 * A billable event of the catalogue: what a line of a charge names.
 *
 * @param category groups operations in reports, such as {@code transcription}
 * @param creditRate credits for one of what the basis counts, zero or more, below 10^9
 * @param feature whose quota it draws, where it draws one
 * @param permission what a user or key must hold, as {@code resource:action}
 * @param creditBasis what the rate is for: the quantity, or the tokens or the cost of AI work
 */
public record Operation(
        OperationKey key,
        Optional<String> description,
        String category,
        Credits creditRate,
        Optional<FeatureKey> feature,
        Optional<PermissionKey> permission,
        boolean active,
        Document metadata,
        CreditBasis creditBasis) {

    /** What the credit rate is for. */
    public enum CreditBasis {
        /** The quantity of a line. */
        QUANTITY,
        /** All tokens of the charge. */
        TOKENS,
        /** What the charge's AI work cost, in the currency of its price. */
        COST
    }

    private static final Credits MAX_RATE = Credits.of(1_000_000_000);

    public Operation {
        requireNonNull(key, "key");
        description = description.map(text -> Text.prose("description", text, 2_000));
        category = Text.name("category", category, 50);
        requireNonNull(creditRate, "creditRate");
        if (creditRate.isNegative() || creditRate.compareTo(MAX_RATE) >= 0) {
            throw new InvalidValue("creditRate", "must be from 0 to below " + MAX_RATE);
        }
        requireNonNull(feature, "feature");
        requireNonNull(permission, "permission");
        requireNonNull(metadata, "metadata");
        requireNonNull(creditBasis, "creditBasis");
    }

    /** One whose rate is for the quantity. */
    public Operation(
            OperationKey key,
            Optional<String> description,
            String category,
            Credits creditRate,
            Optional<FeatureKey> feature,
            Optional<PermissionKey> permission,
            boolean active,
            Document metadata) {
        this(key, description, category, creditRate, feature, permission, active, metadata, CreditBasis.QUANTITY);
    }

    /** With its rate for something else. */
    public Operation chargedBy(CreditBasis basis) {
        return new Operation(key, description, category, creditRate, feature, permission, active, metadata, basis);
    }

    /** An active operation that costs credits and draws no quota, in plain words. */
    public static Operation of(String key, String category, Credits creditRate) {
        return new Operation(
                new OperationKey(key),
                Optional.empty(),
                category,
                creditRate,
                Optional.empty(),
                Optional.empty(),
                true,
                Document.EMPTY);
    }

    public Operation drawing(String featureKey) {
        return new Operation(
                key,
                description,
                category,
                creditRate,
                Optional.of(new FeatureKey(featureKey)),
                permission,
                active,
                metadata,
                creditBasis);
    }

    public Operation needing(String neededPermission) {
        return new Operation(
                key,
                description,
                category,
                creditRate,
                feature,
                Optional.of(new PermissionKey(neededPermission)),
                active,
                metadata,
                creditBasis);
    }

    public Operation active(boolean changed) {
        return new Operation(
                key, description, category, creditRate, feature, permission, changed, metadata, creditBasis);
    }

    /** The changed operation; refuses another key. */
    public Operation changedTo(Operation changed) {
        if (!changed.key.equals(key)) {
            throw new InvalidValue("key", "cannot be changed");
        }
        return changed;
    }
}
