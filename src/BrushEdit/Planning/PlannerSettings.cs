using System.Security;

namespace BrushEdit.Planning;

/// <summary>The settings of a planner that is chosen by name. A setting that the planner does not use is an error.</summary>
public sealed record PlannerSettings
{
    /// <summary>The model's name at its server; for <c>LLama</c> the GGUF file's path, or the name of an installed model.</summary>
    public string? Model { get; init; }

    /// <summary>The server's address; null for the planner's usual one.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The key; null to read it from <see cref="KeyVariable"/>.</summary>
    public SecureString? Key { get; init; }

    /// <summary>The environment variable that holds the key; null for <c>OPENAI_API_KEY</c>, which is read for OpenAI's own address only.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>For <c>LLama</c>: the mmproj GGUF file's path; null for the one beside an installed model.</summary>
    public string? Projector { get; init; }

    /// <summary>For <c>LLama</c>: how many layers go to the GPU; null for all where there is one.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>How it asks.</summary>
    public ChatPlannerOptions Chat { get; init; } = new();
}
