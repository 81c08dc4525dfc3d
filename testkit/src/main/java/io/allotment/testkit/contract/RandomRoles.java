package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Random members of a tenant change roles as they are allowed to, and sometimes as they are not. Beside the real thing stands an
 * evaluator of sets of strings, small enough to be right by looking at it: it says beforehand whether a change is allowed, and
 * afterwards what everybody holds.
 */
final class RandomRoles {

    private static final String OPERATOR = "operator";
    private static final Instant FOR_EVER = Instant.MAX;
    private static final List<String> OWN = List.of("red", "green", "blue");

    private final Allotment allotment;
    private final TestClock clock;
    private final Random random;
    private final Tenant tenant;
    private final List<String> told = new ArrayList<>();

    /** By short names: who they are. */
    private final Map<String, UserId> members = new TreeMap<>();

    private final Set<String> catalogue;
    /** Permissions that come and go; others there are too, which other tests made. */
    private final List<String> candidates = new ArrayList<>();

    private final List<String> builtIn =
            Stream.of(Right.values()).map(right -> right.key().value()).sorted().toList();
    private final Map<String, Set<String>> ofSystemRoles = new HashMap<>();
    private final Map<String, Set<String>> ofOwnRoles = new HashMap<>();
    /** By member and role: until when. */
    private final Map<String, Map<String, Instant>> assigned = new TreeMap<>();

    private final Set<String> suspended = new TreeSet<>();

    RandomRoles(Allotment allotment, TestClock clock, Fixtures given, Random random) {
        this.allotment = allotment;
        this.clock = clock;
        this.random = random;
        this.tenant = given.tenant();
        for (var role : SystemRole.values()) {
            var name = "m-" + role.key();
            members.put(name, given.member(tenant, role));
            assigned.put(name, new TreeMap<>(Map.of(role.key().value(), FOR_EVER)));
            ofSystemRoles.put(
                    role.key().value(),
                    strings(allotment.access().systemRole(role).permissions()));
        }
        members.put("m-owner2", given.member(tenant, SystemRole.OWNER));
        assigned.put("m-owner2", new TreeMap<>(Map.of("owner", FOR_EVER)));
        catalogue = strings(allotment.access().systemRole(SystemRole.OWNER).permissions());
        var word = Fixtures.word();
        for (int i = 0; i < 4; i++) {
            candidates.add(word + ":p" + i);
        }
    }

    List<String> told() {
        return told;
    }

    /** What others would meet too is gone. */
    void end() {
        candidates.stream()
                .filter(catalogue::contains)
                .forEach(key -> allotment.access().deletePermission(new PermissionKey(key)));
    }

    /** One change by somebody, and the question what everybody holds now. */
    void next() {
        clock.advance(Duration.ofSeconds(random.nextInt(30)));
        var who = random.nextInt(4) == 0 ? OPERATOR : any(members.keySet());
        var before = held();
        switch (random.nextInt(12)) {
            case 0 -> createOrDeletePermission();
            case 1 -> giveOrTake();
            case 2 -> suspendOrReactivate();
            case 3, 4 -> createOrChangeRole(who);
            case 5 -> deleteRole(who);
            case 6, 7 -> unassign(who);
            default -> assign(who);
        }
        var after = held();
        requireNoEscalation(who, before, after);
        assertThat(owners()).as("owners without an end").isPositive();
        members.forEach((name, user) -> {
            assertThat(strings(allotment.access().permissionsOf(tenant.id(), user)))
                    .as("what %s holds", name)
                    .isEqualTo(after.get(name));
            for (var permission : List.of(any(candidates), any(builtIn))) {
                assertThat(allotment.access().check(tenant.id(), user, new PermissionKey(permission)))
                        .as("%s asks for %s", name, permission)
                        .isEqualTo(after.get(name).contains(permission));
            }
        });
    }

    /** What somebody holds now and did not before, whoever changed it held; the operator's doings are the operator's. */
    private void requireNoEscalation(String who, Map<String, Set<String>> before, Map<String, Set<String>> after) {
        if (who.equals(OPERATOR) || told.get(told.size() - 1).startsWith(OPERATOR)) {
            return;
        }
        after.forEach((name, now) -> {
            var gained = new TreeSet<>(now);
            gained.removeAll(before.get(name));
            assertThat(before.get(who)).as("what %s gave to %s", who, name).containsAll(gained);
        });
    }

    // ---- the operator's changes

    private void createOrDeletePermission() {
        var key = any(candidates);
        var permission = new PermissionKey(key);
        if (catalogue.remove(key)) {
            tell(OPERATOR, "deletes " + key);
            allotment.access().deletePermission(permission);
            ofSystemRoles.values().forEach(held -> held.remove(key));
            ofOwnRoles.values().forEach(held -> held.remove(key));
        } else {
            tell(OPERATOR, "creates " + key);
            allotment.access().createPermission(permission, Optional.empty());
            catalogue.add(key);
        }
    }

    private void giveOrTake() {
        var role = List.of(SystemRole.ADMIN, SystemRole.MODERATOR, SystemRole.MEMBER, SystemRole.VIEWER)
                .get(random.nextInt(4));
        var key = any(candidates);
        if (!catalogue.contains(key)) {
            tell(OPERATOR, "waits");
            return;
        }
        var held = ofSystemRoles.get(role.key().value());
        if (held.remove(key)) {
            tell(OPERATOR, "takes " + key + " from " + role);
            allotment.access().take(role, new PermissionKey(key));
        } else {
            tell(OPERATOR, "gives " + key + " to " + role);
            allotment.access().give(role, new PermissionKey(key));
            held.add(key);
        }
    }

    private void suspendOrReactivate() {
        var name = any(members.keySet());
        if (suspended.contains(name)) {
            tell(OPERATOR, "reactivates " + name);
            allotment.members().reactivate(tenant.id(), members.get(name));
            suspended.remove(name);
        } else {
            boolean allowed = !isLastOwner(name);
            tell(OPERATOR, "suspends " + name);
            attempt(allowed, () -> allotment.members().suspend(tenant.id(), members.get(name)));
            if (allowed) {
                suspended.add(name);
            }
        }
    }

    // ---- anybody's changes

    private void createOrChangeRole(String who) {
        var role = any(OWN);
        var wanted = new TreeSet<String>();
        for (int i = random.nextInt(4); i > 0; i--) {
            wanted.add(random.nextBoolean() ? any(candidates) : any(builtIn));
        }
        tell(who, "has " + role + " hold " + wanted);
        var present = ofOwnRoles.get(role);
        var known = present == null ? Set.<String>of() : present;
        var added = without(wanted, known);
        var removed = without(known, wanted);
        boolean allowed = holds(who, "role:manage")
                && added.stream()
                        .allMatch(permission -> catalogue.contains(permission) && holdsUntil(who, permission, FOR_EVER))
                && removed.stream().allMatch(permission -> holds(who, permission));
        var terms = new RoleTerms(
                role, Optional.empty(), wanted.stream().map(PermissionKey::new).collect(Collectors.toSet()));
        attempt(allowed, () -> {
            if (present == null) {
                as(who).access().createRole(tenant.id(), new RoleKey(role), terms);
            } else {
                as(who).access().updateRole(tenant.id(), new RoleKey(role), Optional.empty(), any -> terms);
            }
        });
        if (allowed) {
            ofOwnRoles.put(role, wanted);
        }
    }

    private void deleteRole(String who) {
        var role = any(OWN);
        boolean cascade = random.nextBoolean();
        tell(who, "deletes " + role + (cascade ? " with cascade" : ""));
        boolean isHeld = assigned.values().stream()
                .anyMatch(roles -> roles.containsKey(role) && clock.instant().isBefore(roles.get(role)));
        boolean allowed = ofOwnRoles.containsKey(role)
                && holds(who, "role:manage")
                && (!isHeld || cascade && permissions(role).stream().allMatch(permission -> holds(who, permission)));
        attempt(allowed, () -> as(who).access().deleteRole(tenant.id(), new RoleKey(role), cascade));
        if (allowed) {
            ofOwnRoles.remove(role);
            assigned.values().forEach(roles -> roles.remove(role));
        }
    }

    private void assign(String who) {
        var to = any(members.keySet());
        var role = anyRole();
        var end = random.nextBoolean() ? FOR_EVER : clock.instant().plusSeconds(1 + random.nextInt(300));
        tell(who, "gives " + role + " to " + to + " until " + end);
        boolean allowed = exists(role)
                && holds(who, "role:assign")
                && permissions(role).stream().allMatch(permission -> holdsUntil(who, permission, end))
                && (!role.equals("owner") || isOwner(who, end))
                && !(role.equals("owner") && !end.equals(FOR_EVER) && isLastOwner(to));
        attempt(
                allowed,
                () -> as(who).access()
                        .assign(
                                tenant.id(),
                                members.get(to),
                                new RoleKey(role),
                                end.equals(FOR_EVER) ? Optional.empty() : Optional.of(end)));
        if (allowed) {
            assigned.get(to).put(role, end);
        }
    }

    private void unassign(String who) {
        var from = any(members.keySet());
        var held = assigned.get(from).keySet();
        var role = held.isEmpty() || random.nextInt(4) == 0 ? anyRole() : any(held);
        tell(who, "takes " + role + " from " + from);
        boolean allowed = held.contains(role)
                && holds(who, "role:assign")
                && permissions(role).stream().allMatch(permission -> holds(who, permission))
                && (!role.equals("owner") || isOwner(who, clock.instant()))
                && !(role.equals("owner") && isLastOwner(from));
        attempt(allowed, () -> as(who).access().unassign(tenant.id(), members.get(from), new RoleKey(role)));
        if (allowed) {
            assigned.get(from).remove(role);
        }
    }

    private void attempt(boolean allowed, Runnable change) {
        try {
            change.run();
            assertThat(allowed).as("it was done").isTrue();
        } catch (Refusal refusal) {
            told.add("  refused: " + refusal.getMessage());
            assertThat(allowed).as("it was refused: %s", refusal.getMessage()).isFalse();
            told.remove(told.size() - 1);
        }
    }

    // ---- the evaluator

    private Map<String, Set<String>> held() {
        var held = new TreeMap<String, Set<String>>();
        members.keySet()
                .forEach(name -> held.put(
                        name,
                        catalogue.stream()
                                .filter(permission -> holds(name, permission))
                                .collect(Collectors.toCollection(TreeSet::new))));
        return held;
    }

    private boolean holds(String who, String permission) {
        return holdsUntil(who, permission, clock.instant());
    }

    private boolean holdsUntil(String who, String permission, Instant end) {
        return who.equals(OPERATOR)
                || !suspended.contains(who)
                        && assigned.get(who).entrySet().stream()
                                .anyMatch(held -> clock.instant().isBefore(held.getValue())
                                        && !held.getValue().isBefore(end)
                                        && permissions(held.getKey()).contains(permission));
    }

    private Set<String> permissions(String role) {
        return role.equals("owner")
                ? catalogue
                : ofSystemRoles.getOrDefault(role, ofOwnRoles.getOrDefault(role, Set.of()));
    }

    private boolean exists(String role) {
        return ofSystemRoles.containsKey(role) || ofOwnRoles.containsKey(role);
    }

    private boolean isOwner(String who, Instant end) {
        if (who.equals(OPERATOR)) {
            return true;
        }
        var until = assigned.get(who).get("owner");
        return !suspended.contains(who) && until != null && clock.instant().isBefore(until) && !until.isBefore(end);
    }

    private boolean isLastOwner(String name) {
        return isLastingOwner(name) && owners() == 1;
    }

    private boolean isLastingOwner(String name) {
        return !suspended.contains(name) && FOR_EVER.equals(assigned.get(name).get("owner"));
    }

    private long owners() {
        return members.keySet().stream().filter(this::isLastingOwner).count();
    }

    // ----

    private String anyRole() {
        return random.nextBoolean() ? any(OWN) : any(ofSystemRoles.keySet());
    }

    private String any(Collection<String> some) {
        return some.stream().sorted().toList().get(random.nextInt(some.size()));
    }

    private Allotment as(String who) {
        return who.equals(OPERATOR) ? allotment : allotment.as(Caller.user(members.get(who), Origin.HERE));
    }

    private void tell(String who, String what) {
        told.add(who + " " + what + " at " + clock.instant());
    }

    private static Set<String> without(Set<String> some, Set<String> others) {
        var left = new TreeSet<>(some);
        left.removeAll(others);
        return left;
    }

    private static Set<String> strings(Set<PermissionKey> keys) {
        return keys.stream().map(PermissionKey::value).collect(Collectors.toCollection(TreeSet::new));
    }
}
