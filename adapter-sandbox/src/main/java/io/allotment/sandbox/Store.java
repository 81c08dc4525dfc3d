package io.allotment.sandbox;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** The book in its file, whole or not at all; or nowhere but here. */
final class Store {

    static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .visibility(PropertyAccessor.FIELD, Visibility.ANY)
            .visibility(PropertyAccessor.GETTER, Visibility.NONE)
            .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
            .build();

    private final Optional<Path> file;

    Store(Optional<Path> file) {
        this.file = file;
    }

    /** Empty where nothing was written before. */
    Optional<Book> read() {
        return file.filter(Files::exists).map(path -> {
            try {
                return MAPPER.readValue(path.toFile(), Book.class);
            } catch (IOException unreadable) {
                throw new UncheckedIOException("The sandbox's file cannot be read: " + path, unreadable);
            }
        });
    }

    void write(Book book) {
        if (file.isEmpty()) {
            return;
        }
        var path = file.get();
        var beside = path.resolveSibling(path.getFileName() + ".new");
        try {
            MAPPER.writeValue(beside.toFile(), book);
            Files.move(beside, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException full) {
            throw new UncheckedIOException("The sandbox's file cannot be written: " + path, full);
        }
    }
}
