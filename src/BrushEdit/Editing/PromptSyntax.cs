namespace BrushEdit.Editing;

/// <summary>How brackets in a prompt are parsed, and how a long prompt is split into chunks.</summary>
public enum PromptSyntax
{
    /// <summary>
    /// As in AUTOMATIC1111's web UI: (word) and (word:1.3) increase the weight, [word] decreases it, a backslash escapes a bracket, BREAK begins a
    /// new chunk; chunks end at a comma if one is near; any number of chunks.
    /// </summary>
    WebUI,

    /// <summary>As in diffusers' pipeline lpw_stable_diffusion: the same brackets, fixed chunks of 75 tokens, three at most.</summary>
    Diffusers,

    /// <summary>Every character is text; chunks are filled as in the web UI.</summary>
    Plain,
}
