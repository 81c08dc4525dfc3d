package io.allotment.domain.ai;

import io.allotment.domain.shared.Text;

/**
 * Names a model of the catalogue.
 *
 * @param provider its key, such as {@code openai}
 * @param model its name as the provider writes it, such as {@code gpt-4o}, at most 200 characters
 */
public record ModelRef(String provider, String model) {
    public ModelRef {
        provider = Text.key("provider", provider);
        model = Text.name("model", model, 200);
    }

    @Override
    public String toString() {
        return provider + "/" + model;
    }
}
