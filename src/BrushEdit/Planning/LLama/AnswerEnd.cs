namespace BrushEdit.Planning;

/// <summary>Detects when an answer is complete: its JSON object is closed, or, without one, its first line ends.</summary>
internal sealed class AnswerEnd
{
    private int depth;
    private bool quoted;
    private bool escaped;
    private bool begun;

    /// <summary>Adds the next piece of the answer.</summary>
    /// <param name="piece">The next piece of text.</param>
    /// <returns>True if the answer is complete.</returns>
    public bool Reached(string piece)
    {
        foreach (char c in piece)
        {
            if (quoted)
            {
                quoted = escaped || c != '"';
                escaped = !escaped && c == '\\';
            }
            else if (c == '"' && depth > 0)
            {
                quoted = true;
            }
            else if (c == '{')
            {
                depth++;
                begun = true;
            }
            else if ((c == '}' && --depth == 0) || (c == '\n' && depth == 0 && begun))
            {
                return true;
            }

            begun |= !char.IsWhiteSpace(c);
        }

        return false;
    }
}
