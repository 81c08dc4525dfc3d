package io.allotment.domain.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.TenantId;
import org.junit.jupiter.api.Test;

class PersonalProfileTest {

    private static final TenantId ID = TenantId.of("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01");

    @Test
    void a_personal_tenant_is_called_after_its_person_and_its_id() {
        var profile = TenantProfile.personal("Ada", ID);

        assertThat(profile.name()).isEqualTo("Ada 2f1a8c4b6e01");
        assertThat(profile.slug().value()).isEqualTo("personal-" + ID);
    }

    @Test
    void the_longest_name_fits_and_no_character_is_cut_in_two() {
        assertThat(TenantProfile.personal("a".repeat(100), ID).name()).hasSize(100);
        for (var name : new String[] {"🎈".repeat(50), "a" + "🎈".repeat(49)}) {
            assertThat(TenantProfile.personal(name, ID).name()).contains("🎈 2f1a8c4b6e01");
        }
    }
}
