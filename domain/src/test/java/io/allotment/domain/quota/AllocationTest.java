package io.allotment.domain.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AllocationTest {

    private static final Instant SINCE = Instant.parse("2026-03-01T00:00:00Z");

    @Test
    void more_can_be_taken_and_some_given_back_since_it_was_first_taken() {
        var allocation = holding("2").plus(Quantity.of("1.5")).minus(Quantity.of(1));

        assertThat(allocation).isEqualTo(holding("2.5"));
        assertThat(allocation.since()).isEqualTo(SINCE);
    }

    @Test
    void nothing_is_left_where_all_is_given_back() {
        assertThat(holding("2").minus(Quantity.of(2)).quantity()).isEqualTo(Quantity.ZERO);
        assertThat(holding("2").minus(Quantity.of(3)).quantity()).isEqualTo(Quantity.ZERO);
    }

    @Test
    void it_is_named_by_whose_it_is_of_what_and_for_what() {
        var allocation = holding("2");

        assertThat(allocation.ref())
                .isEqualTo(new Allocation.Ref(
                        allocation.tenantId(), allocation.accountId(), allocation.feature(), allocation.relatedTo()));
    }

    private static Allocation holding(String quantity) {
        return new Allocation(
                new TenantId(new UUID(1, 1)),
                new AccountId(new UUID(1, 1)),
                new FeatureKey("seats"),
                new RelatedEntity("user", "7"),
                Quantity.of(quantity),
                SINCE);
    }
}
