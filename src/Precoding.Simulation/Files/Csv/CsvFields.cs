namespace Precoding.Simulation;

/// <summary>Fields of a line of comma-separated values by RFC 4180.</summary>
internal static class CsvFields
{
    /// <summary>In quotes where a comma, a quote or an end of line needs them.</summary>
    public static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    /// <summary>Takes the field that begins at a place; the place is then that of the comma behind it, or the end of the line.</summary>
    /// <returns>False where a quote stands in a field without quotes, is not closed, or has text behind it.</returns>
    public static bool TryTake(ReadOnlySpan<char> line, scoped ref int place, out ReadOnlySpan<char> field)
    {
        ReadOnlySpan<char> rest = line[place..];
        if (rest.IsEmpty || rest[0] != '"')
        {
            int comma = rest.IndexOf(',');
            field = comma < 0 ? rest : rest[..comma];
            place += field.Length;
            return !field.Contains('"');
        }

        int end = 1;
        while (end < rest.Length && (rest[end] != '"' || (end + 1 < rest.Length && rest[end + 1] == '"')))
        {
            end += rest[end] == '"' ? 2 : 1;
        }

        bool isClosed = end < rest.Length && (end + 1 == rest.Length || rest[end + 1] == ',');
        field = isClosed ? rest[1..end].ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : rest;
        place += isClosed ? end + 1 : rest.Length;
        return isClosed;
    }
}
