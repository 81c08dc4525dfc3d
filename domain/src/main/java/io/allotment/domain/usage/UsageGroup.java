package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.UserId;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Usage that is alike in all that is said here. As a filter: what is alike in all that is given.
 */
public record UsageGroup(
        Optional<OperationKey> operation,
        Optional<String> model,
        Optional<String> provider,
        Optional<AccountId> account,
        Optional<UserId> user,
        Optional<ApiKeyId> key,
        Optional<RelatedEntity> relatedTo) {

    /** As a filter: any usage. */
    public static final UsageGroup ALL = new UsageGroup(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** Who says nothing comes first; texts and ids in the order of their characters. */
    public static final Comparator<UsageGroup> ORDER = by(UsageGroup::operation)
            .thenComparing(by(UsageGroup::model))
            .thenComparing(by(UsageGroup::provider))
            .thenComparing(by(UsageGroup::account))
            .thenComparing(by(UsageGroup::user))
            .thenComparing(by(UsageGroup::key))
            .thenComparing(by(group -> group.relatedTo().map(RelatedEntity::type)))
            .thenComparing(by(group -> group.relatedTo().map(RelatedEntity::id)));

    public UsageGroup {
        requireNonNull(operation, "operation");
        requireNonNull(model, "model");
        requireNonNull(provider, "provider");
        requireNonNull(account, "account");
        requireNonNull(user, "user");
        requireNonNull(key, "key");
        requireNonNull(relatedTo, "relatedTo");
    }

    private static Comparator<UsageGroup> by(Function<UsageGroup, Optional<?>> part) {
        return Comparator.comparing(
                group -> part.apply(group).map(Object::toString).orElse(""));
    }

    /** The same, told apart by these alone. */
    public UsageGroup only(Set<UsageDimension> dimensions) {
        return new UsageGroup(
                dimensions.contains(UsageDimension.OPERATION) ? operation : Optional.empty(),
                dimensions.contains(UsageDimension.MODEL) ? model : Optional.empty(),
                dimensions.contains(UsageDimension.PROVIDER) ? provider : Optional.empty(),
                dimensions.contains(UsageDimension.ACCOUNT) ? account : Optional.empty(),
                dimensions.contains(UsageDimension.USER) ? user : Optional.empty(),
                dimensions.contains(UsageDimension.KEY) ? key : Optional.empty(),
                dimensions.contains(UsageDimension.RELATED_ENTITY) ? relatedTo : Optional.empty());
    }

    /** What is said here. */
    public Set<UsageDimension> dimensions() {
        var said = EnumSet.noneOf(UsageDimension.class);
        operation.ifPresent(present -> said.add(UsageDimension.OPERATION));
        model.ifPresent(present -> said.add(UsageDimension.MODEL));
        provider.ifPresent(present -> said.add(UsageDimension.PROVIDER));
        account.ifPresent(present -> said.add(UsageDimension.ACCOUNT));
        user.ifPresent(present -> said.add(UsageDimension.USER));
        key.ifPresent(present -> said.add(UsageDimension.KEY));
        relatedTo.ifPresent(present -> said.add(UsageDimension.RELATED_ENTITY));
        return said;
    }

    /** Whether the other is alike in all that is said here. */
    public boolean matches(UsageGroup other) {
        return other.only(dimensions()).equals(this);
    }
}
