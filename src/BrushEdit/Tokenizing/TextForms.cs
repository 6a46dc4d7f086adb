using System.Text;

namespace BrushEdit.Tokenizing;

/// <summary>
/// Canonical composition (NFC) and decomposition (NFD) of any text. They are the platform's: where the process runs with invariant
/// globalization it has none, and texts stay as they were typed.
/// </summary>
internal static class TextForms
{
    // The one code point that the platform's normalization refuses. It joins with nothing, so that the parts between can be normalized.
    private const char Refused = '\uFFFE';

    private static int warned;

    /// <summary>Whether this process normalizes texts.</summary>
    public static bool Available { get; } = "\u00e9".Normalize(NormalizationForm.FormD).Length == 2;

    /// <summary>The text composed (NFC); lone surrogates become U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    public static string Compose(string text) => Normalize(text, NormalizationForm.FormC);

    /// <summary>The text decomposed (NFD); lone surrogates become U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    public static string Decompose(string text) => Normalize(text, NormalizationForm.FormD);

    /// <summary>What the user should know of these texts, once in a process: that characters beyond ASCII may be read wrongly.</summary>
    /// <param name="texts">Texts that a tokenizer reads.</param>
    /// <returns>The warning; null if the texts are read right, or where it was given before.</returns>
    public static string? WarnOnce(IEnumerable<string> texts) =>
        Available || texts.All(text => Ascii.IsValid(text)) || Interlocked.Exchange(ref warned, 1) == 1
            ? null
            : "This process runs with invariant globalization and cannot normalize text: accented letters are read as typed, and may be un"
                + "known to the models. Unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT, and install ICU if it is missing (on Debian and Ubuntu: libicu).";

    private static string Normalize(string text, NormalizationForm form) =>
        string.Join(Refused, WellFormed(text).Split(Refused).Select(part => part.Normalize(form)));

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
