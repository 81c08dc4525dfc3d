package io.allotment.domain.shared;

import java.util.regex.Pattern;

/** Names a permission: a resource and an action, such as {@code transcript:create}; each of 1 to 50 characters. */
public record PermissionKey(String value) implements Text {

    private static final Pattern RESOURCE_AND_ACTION = Pattern.compile("[a-z0-9_.-]{1,50}:[a-z0-9_.-]{1,50}");

    public PermissionKey {
        value = Text.matching(
                "permission", value, RESOURCE_AND_ACTION, 101, "must have the form resource:action, in lower case");
    }

    public String resource() {
        return value.substring(0, value.indexOf(':'));
    }

    public String action() {
        return value.substring(value.indexOf(':') + 1);
    }

    @Override
    public String toString() {
        return value;
    }
}
