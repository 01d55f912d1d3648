package guestbook

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Visits is what the router needs of a store.
type Visits interface {
	Add(ctx context.Context) (int, error)
}

// NewRouter returns the web server's routes.
func NewRouter(visits Visits) http.Handler {
	router := gin.New()
	router.Use(gin.Recovery())
	router.GET("/healthz", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"status": "ok"})
	})
	router.GET("/", func(c *gin.Context) {
		count, err := visits.Add(c.Request.Context())
		if err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.String(http.StatusOK, "Visits on record: %d\n", count)
	})
	return router
}
