package io.allotment.server;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Requests to a language model, as somebody recorded them: {@value #HEADER}.
 *
 * @param sha256 of the file, in hexadecimal
 */
record Trace(String sha256, List<Request> requests, List<BadRow> badRows) {

    static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

    private static final long MAX_BYTES = 1L << 30;
    private static final int MAX_TOKENS = 1_000_000_000;

    /**
     * One request.
     *
     * @param row counted from 1 behind the header, bad ones included
     */
    record Request(int row, int contextTokens, int generatedTokens) {

        long tokens() {
            return (long) contextTokens + generatedTokens;
        }
    }

    /** What could not be read of a line, as words that go on from "line 7 ". */
    record BadRow(int line, String problem) {}

    private static final class BadRowException extends Exception {
        BadRowException(String problem) {
            super(problem);
        }
    }

    /** Refuses a file without the header; a bad row is noted and the next one read. */
    static Trace read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new CommandFailed("There is no file " + file + ".");
        }
        var digest = newDigest();
        try (var reader = new BufferedReader(new InputStreamReader(
                new DigestInputStream(Files.newInputStream(file), digest), StandardCharsets.UTF_8))) {
            if (Files.size(file) > MAX_BYTES) {
                throw new CommandFailed("The file " + file + " is larger than a gigabyte; split it.");
            }
            requireHeader(file, reader.readLine());
            var requests = new ArrayList<Request>();
            var badRows = new ArrayList<BadRow>();
            int row = 0;
            // Line by line, so that an open quote spoils its own row and not the rest of the file.
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                row++;
                if (line.isBlank()) {
                    continue;
                }
                try {
                    requests.add(request(row, line));
                } catch (BadRowException e) {
                    badRows.add(new BadRow(row + 1, e.getMessage()));
                }
            }
            return new Trace(HexFormat.of().formatHex(digest.digest()), List.copyOf(requests), List.copyOf(badRows));
        } catch (IOException e) {
            throw new CommandFailed("The file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    long contextTokens() {
        return requests.stream().mapToLong(Request::contextTokens).sum();
    }

    long generatedTokens() {
        return requests.stream().mapToLong(Request::generatedTokens).sum();
    }

    private static void requireHeader(Path file, String line) {
        var found = line == null ? "" : line.startsWith("\uFEFF") ? line.substring(1) : line;
        if (!found.strip().equals(HEADER)) {
            throw new CommandFailed("The file " + file + " has no header: its first line must be " + HEADER + ", and "
                    + (found.isBlank() ? "it is empty." : "it is: " + shortened(found)));
        }
    }

    private static Request request(int row, String line) throws BadRowException {
        List<String> fields;
        try {
            fields = CsvReader.builder().ofSingleCsvRecord(line).getFields();
        } catch (CsvParseException e) {
            throw new BadRowException("is no CSV: " + shortened(line));
        }
        if (fields.size() != 3) {
            throw new BadRowException(
                    "has " + fields.size() + (fields.size() == 1 ? " column" : " columns") + " instead of 3");
        }
        var request = new Request(row, count("ContextTokens", fields.get(1)), count("GeneratedTokens", fields.get(2)));
        if (request.tokens() == 0) {
            throw new BadRowException("has no tokens at all");
        }
        return request;
    }

    private static int count(String column, String text) throws BadRowException {
        long count;
        try {
            count = Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new BadRowException("has a " + column + " that is not a whole number: '" + shortened(text) + "'");
        }
        if (count < 0) {
            throw new BadRowException("has a negative " + column + ": " + count);
        }
        if (count > MAX_TOKENS) {
            throw new BadRowException("has a " + column + " above " + MAX_TOKENS + ": " + count);
        }
        return (int) count;
    }

    /** It comes from a file that may hold anything, and goes to a terminal. */
    private static String shortened(String text) {
        var visible = text.replaceAll("\\p{Cntrl}", "?");
        return visible.length() <= 60 ? visible : visible.substring(0, 60) + "...";
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }
}
