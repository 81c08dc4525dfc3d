package io.allotment.persistence.memory;

import io.allotment.domain.access.PlatformAssignment;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.PlatformRoles;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.util.List;

final class MemoryPlatformRoles implements PlatformRoles {

    private final Tables tables;

    MemoryPlatformRoles(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void assign(PlatformAssignment assignment) {
        tables.platformAssignments.requireToWrite(assignment);
        if (!tables.users.holds(Key.of(assignment.userId()))) {
            throw new Unknown("user", "userId", assignment.userId());
        }
        tables.platformAssignments.put(Key.of(assignment.userId(), assignment.role()), assignment);
    }

    @Override
    public boolean unassign(UserId user, PlatformRole role) {
        var key = Key.of(user, role);
        return tables.platformAssignments.find(key).isPresent() && tables.platformAssignments.remove(key);
    }

    @Override
    public List<PlatformAssignment> of(UserId user) {
        return tables.platformAssignments.under(Key.of(user)).toList();
    }

    @Override
    public Page<PlatformAssignment> list(PageRequest page) {
        return tables.platformAssignments.page(Key.of(), Position.ID_AND_NAME, page);
    }
}
