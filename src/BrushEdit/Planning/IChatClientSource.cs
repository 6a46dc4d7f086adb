using Microsoft.Extensions.AI;

namespace BrushEdit.Planning;

/// <summary>What an optional assembly offers that brings a model of its own, such as <c>BrushEdit.LLama</c>.</summary>
public interface IChatClientSource
{
    /// <summary>Makes the client.</summary>
    /// <param name="settings">Model, projector and the rest.</param>
    /// <exception cref="EditException">A file is missing or not what it must be.</exception>
    IChatClient Create(PlannerSettings settings);
}
