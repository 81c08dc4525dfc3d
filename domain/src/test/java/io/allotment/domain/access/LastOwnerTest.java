package io.allotment.domain.access;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.TenantId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LastOwnerTest {

    private static final TenantId TENANT = new TenantId(UUID.randomUUID());

    @Test
    void the_last_owner_stays() {
        assertThatThrownBy(() -> LastOwner.requireAnother(TENANT, true, 1)).isInstanceOf(LastOwner.class);
    }

    @Test
    void one_of_two_owners_may_go_and_so_may_who_is_none() {
        assertThatCode(() -> LastOwner.requireAnother(TENANT, true, 2)).doesNotThrowAnyException();
        assertThatCode(() -> LastOwner.requireAnother(TENANT, false, 1)).doesNotThrowAnyException();
        assertThatCode(() -> LastOwner.requireAnother(TENANT, false, 0)).doesNotThrowAnyException();
    }
}
