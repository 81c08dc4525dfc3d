package io.allotment.domain.shared;

/** Names a role: a system role, or one that a tenant made; at most 100 lower-case letters, digits, '.', '_', '-'. */
public record RoleKey(String value) implements Text {

    public RoleKey {
        value = Text.key("role", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
