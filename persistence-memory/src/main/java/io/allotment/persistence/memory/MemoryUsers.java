package io.allotment.persistence.memory;

import io.allotment.domain.identity.User;
import io.allotment.domain.identity.Users;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

final class MemoryUsers implements Users {

    private final Tables tables;

    MemoryUsers(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(User user) {
        if (find(user.id()).isPresent()) {
            throw new AlreadyExists("user", "id", user.id());
        }
        if (findByEmail(user.email()).isPresent()) {
            throw new AlreadyExists("user", "email", user.email());
        }
        tables.users.put(Key.of(user.id()), user);
    }

    @Override
    public Optional<User> find(UserId id) {
        return tables.users.find(Key.of(id));
    }

    @Override
    public Optional<User> findByEmail(Email email) {
        return tables.users.all().filter(user -> user.email().equals(email)).findFirst();
    }

    @Override
    public Page<User> list(PageRequest page) {
        return tables.users.page(Key.of(), Position.ID, page);
    }
}
