namespace BrushEdit.Editing;

/// <summary>How brackets in a prompt are parsed, and how a long prompt is split into chunks.</summary>
public enum PromptSyntax
{
    /// <summary>
    /// As AUTOMATIC1111's web UI does: (word) and (word:1.3) count more, [word] less, a backslash makes a bracket plain, BREAK begins a new
    /// row; rows end at a comma where one is near; any number of rows.
    /// </summary>
    WebUI,

    /// <summary>As diffusers' pipeline lpw_stable_diffusion does: the same brackets, rows of 75 tokens whatever is in them, three at most.</summary>
    Diffusers,

    /// <summary>Every character is text; rows as the web UI fills them.</summary>
    Plain,
}
