using System.Security;

namespace BrushEdit.Planning;

/// <summary>The settings of a planner that is chosen by name. A setting that the planner does not use is an error.</summary>
public sealed record PlannerSettings
{
    /// <summary>The model's name on its server; for <c>LLama</c> the GGUF file's path, or the name of an installed model.</summary>
    public string? Model { get; init; }

    /// <summary>The server's address; null for the planner's default.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The API key; null to read it from <see cref="KeyVariable"/>.</summary>
    public SecureString? Key { get; init; }

    /// <summary>
    /// The environment variable that contains the key; null for <c>OPENAI_API_KEY</c>, which is used only for OpenAI's own address.
    /// </summary>
    public string? KeyVariable { get; init; }

    /// <summary>For <c>LLama</c>: the mmproj GGUF file's path; null for the one beside an installed model.</summary>
    public string? Projector { get; init; }

    /// <summary>For <c>LLama</c>: how many layers run on the GPU; null for all if there is a GPU.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>The options of the chat requests.</summary>
    public ChatPlannerOptions Chat { get; init; } = new();
}
