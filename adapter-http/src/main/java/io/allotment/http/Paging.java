package io.allotment.http;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RelatedEntity;
import java.util.Optional;

/** The query parameters of a plain listing, and those that several listings share. */
record Paging(Optional<Integer> limit, Optional<String> after) {

    private static final int DEFAULT_LIMIT = 50;

    PageRequest page() {
        return page(limit, after);
    }

    static PageRequest page(Optional<Integer> limit, Optional<String> after) {
        return new PageRequest(limit.orElse(DEFAULT_LIMIT), after);
    }

    /** The entity that two parameters name together. */
    static Optional<RelatedEntity> relatedTo(Optional<String> relatedType, Optional<String> relatedId) {
        if (relatedType.isPresent() != relatedId.isPresent()) {
            throw new InvalidValue(
                    relatedType.isPresent() ? "relatedId" : "relatedType", "is needed too; the two go together");
        }
        return relatedType.map(type -> new RelatedEntity(type, relatedId.get()));
    }
}
