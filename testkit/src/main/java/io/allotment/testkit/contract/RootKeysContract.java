package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The operator's keys, by their digests; the platform's alone. */
public abstract class RootKeysContract extends PersistenceContract {

    @Test
    void the_key_that_was_set_last_is_the_one_that_is_accepted() {
        inPlatformThenUndone(() -> {
            persistence.rootKeys().replaceAll(digest(1), START);
            assertThat(persistence.rootKeys().digests()).containsExactly(digest(1));

            persistence.rootKeys().replaceAll(digest(2), START);
            assertThat(persistence.rootKeys().digests()).containsExactly(digest(2));

            persistence.rootKeys().replaceAll(digest(2), START);
            assertThat(persistence.rootKeys().digests()).containsExactly(digest(2));
        });
    }

    @Test
    void a_failed_unit_leaves_the_keys_as_they_were() {
        var before = inPlatform(() -> persistence.rootKeys().digests());

        inPlatformThenUndone(() -> persistence.rootKeys().replaceAll(digest(3), START));

        assertThat(inPlatform(() -> persistence.rootKeys().digests())).containsExactlyElementsOf(before);
    }

    @Test
    void a_tenant_neither_sees_nor_sets_them() {
        var tenant = given.tenant().id();

        assertImpossible(() -> inTenant(tenant, () -> persistence.rootKeys().digests()));
        assertImpossible(() -> inTenant(tenant, () -> persistence.rootKeys().replaceAll(digest(4), START)));
    }

    private static byte[] digest(int number) {
        var digest = new byte[32];
        Arrays.fill(digest, (byte) (number - 128));
        return digest;
    }
}
