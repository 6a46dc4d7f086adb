using System.Globalization;
using System.Text;
using System.Text.Json;

namespace BrushEdit.Planning;

/// <summary>
/// Converts the JSON schemas of the questions into GBNF, the grammar format of llama.cpp's sampler: objects whose properties are in order, strings
/// with a length or a list of choices, numbers, and lists of a fixed length.
/// </summary>
public static class AnswerGrammar
{
    private const int LongestString = 400;

    /// <summary>The grammar; its root rule is <c>root</c>.</summary>
    /// <param name="schema">The schema.</param>
    /// <exception cref="EditException">The schema contains an element without a grammar here.</exception>
    public static string Of(JsonElement schema)
    {
        StringBuilder text = new();
        text.Append("root ::= ").Append(Rule(schema)).Append('\n');
        text.Append("""char ::= [^"\\\x00-\x1F] | "\\" ["\\/bnt]""").Append('\n');
        text.Append("""number ::= "-"? ("0" | [1-9] [0-9]{0,5}) ("." [0-9]{1,6})?""").Append('\n');
        text.Append("""ws ::= [ ]?""").Append('\n');
        return text.ToString();
    }

    private static string Rule(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out JsonElement choices))
        {
            return $"({string.Join(" | ", choices.EnumerateArray().Select(c => Literal(JsonSerializer.Serialize(c.GetString()))))})";
        }

        string type = schema.TryGetProperty("type", out JsonElement named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "none";
        switch (type)
        {
            case "object":
                IEnumerable<string> members = schema.GetProperty("properties").EnumerateObject().Select(p => $"{Literal(JsonSerializer.Serialize(p.Name))} ws \":\" ws {Rule(p.Value)}");
                return $"\"{{\" ws {string.Join(" \",\" ws ", members)} ws \"}}\"";
            case "string":
                int most = schema.TryGetProperty("maxLength", out JsonElement length) ? length.GetInt32() : LongestString;
                return string.Create(CultureInfo.InvariantCulture, $"\"\\\"\" char{{0,{most}}} \"\\\"\"");
            case "number" or "integer":
                return "number";
            case "array" when schema.TryGetProperty("minItems", out JsonElement min) && schema.TryGetProperty("maxItems", out JsonElement max) && min.GetInt32() == max.GetInt32() && min.GetInt32() > 0:
                string item = Rule(schema.GetProperty("items"));
                return $"\"[\" ws {string.Join(" \",\" ws ", Enumerable.Repeat(item, min.GetInt32()))} ws \"]\"";
            default:
                throw new EditException(EditFault.BadArgument, $"A schema of the type '{type}' has no grammar.", target: type);
        }
    }

    private static string Literal(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
