using System.Net;
using System.Text;

namespace BrushEdit.Reporting;

/// <summary>
/// Writes HTML. Names of elements and attributes are fixed by this project; everything else is data (captions, file names, answers of models)
/// and is escaped here, so that no text can become markup.
/// </summary>
/// <param name="writer">The output.</param>
internal sealed class HtmlWriter(TextWriter writer)
{
    private readonly Stack<string> open = [];

    /// <summary>Begins an element.</summary>
    /// <param name="element">Its name.</param>
    /// <param name="attributes">Names and values; an attribute whose value is null is omitted, an empty value is written as empty.</param>
    /// <returns>Dispose it to end the element.</returns>
    public Element Begin(string element, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(element, attributes);
        open.Push(element);
        return new Element(this);
    }

    /// <summary>Writes an element with text in it; nothing if the text is null.</summary>
    /// <param name="element">Its name.</param>
    /// <param name="text">The text.</param>
    /// <param name="attributes">Names and values.</param>
    public void Put(string element, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        if (text is not null)
        {
            Tag(element, attributes);
            Text(text);
            writer.Write($"</{element}>\n");
        }
    }

    /// <summary>Writes an element without an end tag: <c>img</c>, <c>input</c>, <c>meta</c>.</summary>
    /// <param name="element">Its name.</param>
    /// <param name="attributes">Names and values.</param>
    public void Void(string element, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(element, attributes);
        writer.Write('\n');
    }

    /// <summary>Writes text.</summary>
    /// <param name="text">The text.</param>
    public void Text(string text) => writer.Write(Escape(text));

    /// <summary>Writes a style sheet or a script of this project's own.</summary>
    /// <param name="element"><c>style</c> or <c>script</c>.</param>
    /// <param name="content">The content; written unescaped.</param>
    public void Own(string element, string content) => writer.Write($"<{element}>{content}</{element}>\n");

    /// <summary>Escapes a text for use in an element or in a quoted attribute.</summary>
    /// <param name="text">Any text; control characters, which HTML forbids, become U+FFFD.</param>
    public static string Escape(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (char letter in text)
        {
            clean.Append(char.IsControl(letter) && letter is not ('\n' or '\t') ? '\uFFFD' : letter);
        }

        return WebUtility.HtmlEncode(clean.ToString());
    }

    private void Tag(string element, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        writer.Write('<');
        writer.Write(element);
        foreach ((string name, string? value) in attributes)
        {
            if (value is not null)
            {
                writer.Write($" {name}=\"");
                writer.Write(Escape(value));
                writer.Write('"');
            }
        }

        writer.Write('>');
    }

    private void End() => writer.Write($"</{open.Pop()}>\n");

    /// <summary>An open element.</summary>
    /// <param name="html">The writer.</param>
    public readonly struct Element(HtmlWriter html) : IDisposable
    {
        /// <summary>Ends the element.</summary>
        public void Dispose() => html.End();
    }
}
