package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Users who hold permissions by a role of their tenant, and the same as a set of strings, as somebody who needs no more would
 * write it.
 */
final class BenchRights {

    static final int TENANTS = 1_000;
    static final int USERS = 20_000;

    /** Of the product's; each tenant's role holds so many of them. */
    private static final int PERMISSIONS = 40;

    private static final int HELD = 10;

    private static final RoleKey ROLE = new RoleKey("worker");

    private final Allotment allotment;
    private final List<Asked> asked = new ArrayList<>();
    private final Set<String> held = new HashSet<>();

    /**
     * A user, and what is asked of them.
     *
     * @param permissions half of them held
     */
    private record Asked(
            TenantId tenant, UserId user, List<PermissionKey> permissions, String tenantText, String userText) {

        String text(PermissionKey permission) {
            return tenantText + ":" + userText + ":" + permission.value();
        }
    }

    private BenchRights(Allotment allotment) {
        this.allotment = allotment;
    }

    /** @param step called once for each tenant */
    static BenchRights make(int tenants, int users, Runnable step) {
        var rights = new BenchRights(Allotment.with(new InMemoryPersistence()).build());
        var random = new SplittableRandom(1);
        var all = rights.catalogue();
        for (int i = 0; i < tenants; i++) {
            rights.addTenant(i, users / tenants, all, random);
            step.run();
        }
        return rights;
    }

    List<BenchContender> contenders() {
        return List.of(BenchContender.of("allotment", this::check), BenchContender.of("hash-set", this::lookUp));
    }

    /** Asks Allotment by the thousand. */
    void check(RandomGenerator random) {
        var access = allotment.access();
        int yes = 0;
        for (int i = 0; i < Workload.PERMISSION.batch(); i++) {
            var one = asked.get(random.nextInt(asked.size()));
            var permission = one.permissions().get(random.nextInt(2 * HELD));
            if (access.check(one.tenant(), one.user(), permission)) {
                yes++;
            }
        }
        requireSome(yes);
    }

    /** Asks the set the same. */
    void lookUp(RandomGenerator random) {
        int yes = 0;
        for (int i = 0; i < Workload.PERMISSION.batch(); i++) {
            var one = asked.get(random.nextInt(asked.size()));
            var permission = one.permissions().get(random.nextInt(2 * HELD));
            if (held.contains(one.text(permission))) {
                yes++;
            }
        }
        requireSome(yes);
    }

    /** How many permissions are held. */
    int size() {
        return held.size();
    }

    /** Whether both say the same of everybody. */
    boolean agree() {
        return asked.stream()
                .allMatch(one -> one.permissions().stream()
                        .allMatch(permission -> allotment.access().check(one.tenant(), one.user(), permission)
                                == held.contains(one.text(permission))));
    }

    /** Half of them are held: who is answered otherwise is not measured. */
    private static void requireSome(int yes) {
        if (yes == 0 || yes == Workload.PERMISSION.batch()) {
            throw new CommandFailed("Of so many permissions half should be held, and not " + yes + ".");
        }
    }

    private List<PermissionKey> catalogue() {
        return IntStream.range(0, PERMISSIONS)
                .mapToObj(i -> allotment
                        .access()
                        .createPermission(new PermissionKey("thing-" + i + ":use"), Optional.empty())
                        .key())
                .toList();
    }

    private void addTenant(int number, int members, List<PermissionKey> all, RandomGenerator random) {
        var word = "bench-" + number;
        var tenant = allotment.tenants().create(TenantProfile.of(word, word)).id();
        int first = random.nextInt(PERMISSIONS);
        var permissions = IntStream.range(first, first + 2 * HELD)
                .mapToObj(i -> all.get(i % PERMISSIONS))
                .toList();
        var own = Set.copyOf(permissions.subList(0, HELD));
        allotment.access().createRole(tenant, ROLE, new RoleTerms("Worker", Optional.empty(), own));
        for (int i = 0; i < members; i++) {
            var user = allotment
                    .users()
                    .create(new Email(i + "@" + word + ".example"), "Worker " + i)
                    .id();
            allotment.members().add(tenant, user, "Worker " + i, ROLE);
            var one = new Asked(tenant, user, permissions, tenant.toString(), user.toString());
            asked.add(one);
            own.forEach(permission -> held.add(one.text(permission)));
        }
    }
}
