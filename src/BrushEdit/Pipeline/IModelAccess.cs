namespace BrushEdit.Pipeline;
