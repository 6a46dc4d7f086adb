using System.Text;

namespace BrushEdit.Tokenizing;

/// <summary>
/// Canonical composition (NFC) and decomposition (NFD) of any text. They are the platform's: a process with invariant globalization has none, and
/// texts remain as typed.
/// </summary>
internal static class TextForms
{
    // The one code point that the platform's normalization refuses. It combines with nothing, so the parts between can be normalized separately.
    private const char Refused = '\uFFFE';

    private static int warned;

    /// <summary>Whether this process normalizes texts.</summary>
    public static bool Available { get; } = "\u00e9".Normalize(NormalizationForm.FormD).Length == 2;

    /// <summary>Composes a text (NFC); lone surrogates become U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    public static string Compose(string text) => Normalize(text, NormalizationForm.FormC);

    /// <summary>Decomposes a text (NFD); lone surrogates become U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    public static string Decompose(string text) => Normalize(text, NormalizationForm.FormD);

    /// <summary>A warning, once per process, that characters beyond ASCII in these texts may be read wrongly.</summary>
    /// <param name="texts">Texts that a tokenizer reads.</param>
    /// <returns>The warning; null if the texts are read correctly or the warning has already been issued.</returns>
    public static string? WarnOnce(IEnumerable<string> texts) =>
        Available || texts.All(text => Ascii.IsValid(text)) || Interlocked.Exchange(ref warned, 1) == 1
            ? null
            : "This process runs with invariant globalization and cannot normalize text: accented letters are read as typed, and may be un"
                + "known to the models. Unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT, and install ICU if it is missing (on Debian and Ubuntu: libicu).";

    private static string Normalize(string text, NormalizationForm form) =>
        string.Join(Refused, WellFormed(text).Split(Refused).Select(part => part.Normalize(form)));

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
